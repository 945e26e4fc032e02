"""What became of the runs of `chaos.py`, as a table and as a verdict."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from _fault_proxy import Harm

Mode = Literal["raise", "reconcile"]
MODES: Final[tuple[Mode, ...]] = ("raise", "reconcile")

NOTES: Final = """
raise, reconcile: the on_unknown of all calls of a run. unknown: they raised OutcomeUnknownError. refused: they raised
an error that says that nothing was created. duplicates: titles with more than one video. lost: videos whose call
neither returned them nor said unknown, and returned ids that are not that call's video. Found again: looked for
with assets.find, and the answer is just what the server has; all GETs of the first run are for that. A door that is
shut is counted once, however many connections are refused meanwhile; those of creations are the attempts "not sent".
Idle connections that are closed catch some requests that the proxy never sees. The process has the client, the proxy
and the simulator in it.
"""


class Outcome(NamedTuple):
    """What became of one run."""

    counts: Mapping[str, int]
    errors: Mapping[str, int]
    harmed: Mapping[tuple[str, Harm], int]
    passed: Mapping[str, int]
    verdicts: Mapping[str, int]
    posts: int
    pages: int
    found: tuple[int, int]
    seconds: float
    peak_mib: float


def show(creates: int, outcomes: Mapping[Mode, Outcome]) -> None:
    """Print both runs, side by side."""
    runs = list(outcomes.values())
    heading = "".join(f"{mode:>24}" for mode in outcomes)
    print(f"\n{'':<28}{heading}\n{'-' * 76}")

    def row(name: str, values: Sequence[object]) -> None:
        print(f"{name:<28}" + "".join(f"{value!s:>24}" for value in values))

    row("calls", [creates] * len(runs))
    for name in runs[0].counts:
        row(name, [each.counts[name] for each in runs])
    row("found again, of looked for", ["{} of {}".format(*each.found) if each.found[1] else "–" for each in runs])
    for error in sorted({name for each in runs for name in each.errors}):
        row(error, [each.errors.get(error, 0) for each in runs])
    for verdict in ("done", "refused", "not sent", "unknown"):
        row(f"attempts to create: {verdict}", [each.verdicts.get(verdict, 0) for each in runs])
    row("of them harmed", [f"{1 - each.verdicts['done'] / sum(each.verdicts.values()):.0%}" for each in runs])
    row("POSTs that reached the server", [each.posts for each in runs])
    row("list pages read", [each.pages for each in runs])
    row("wall time, s", [f"{each.seconds:.1f}" for each in runs])
    row("peak RSS so far, MiB", [f"{each.peak_mib:.0f}" for each in runs])

    print(f"\n{'harmed by the proxy':<28}" + f"{'POST':>12}{'GET':>12}" * len(runs) + f"\n{'-' * 76}")
    for harm in Harm:
        cells = [each.harmed.get((method, harm), 0) for each in runs for method in ("POST", "GET")]
        print(f"{harm:<28}" + "".join(f"{cell:>12}" for cell in cells))
    passed = [each.passed.get(method, 0) for each in runs for method in ("POST", "GET")]
    print(f"{'of requests that came in':<28}" + "".join(f"{cell:>12}" for cell in passed))
    print(NOTES)


def reached(outcomes: Mapping[Mode, Outcome]) -> bool:
    kept = all(
        each.counts["duplicates"] == each.counts["lost"] == each.counts["other errors"] == 0
        and each.found[0] == each.found[1]
        for each in outcomes.values()
    )
    return kept and outcomes["reconcile"].counts["unknown"] == 0
