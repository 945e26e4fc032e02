"""Bringing in videos by the thousand, in a way that survives a crash.

What is in here, from the bottom up:

- `manifest` reads what is to be brought in, row by row.
- `ledger` keeps what became of the rows, on disk; `payload` packs rows for it, and unpacks them.
- `settings` is what a run is to do, and `tools` what with.
- `record` is how a run writes down whatever happens: into the ledger, into the counts of `tally`, and, as the `results`
  that wait in the `outbox`, for those who iterate.
- `stop` is how the parts of a run hear that it is to end, `signals` one of the reasons, and `finishing` how they wait
  for what has to come to its end first.
- `sending` brings rows to the server, when `slots` has room for them; `waiting` sees to their assets.
- `lookup` finds out what became of lost answers and what was there before; `findings` is what that has come to.
- `planning` is what comes before anything is sent, `pipeline` what comes then, and `dry` all that a dry run does.
- `course` is the life of a run, and `run` what those see of it who iterate.
"""
