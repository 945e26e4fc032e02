"""Bringing in videos by the thousand, in a way that survives a crash.

What is in here, from the bottom up:

- `manifest` reads what is to be brought in, row by row.
- `ledger` keeps what became of the rows, on disk.
- A run writes through `record` whatever happens. `failures`, `batches`, `files` and `sending` bring rows to the server,
  `waiting` sees to their assets, `settling` finds out what became of lost answers, `existing` and `baseline` what was
  there before; and `course` does all of that in its order.
- `run` is what those see who iterate.
"""
