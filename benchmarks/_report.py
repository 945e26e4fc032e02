"""How a benchmark is run, and how it tells which targets it reached.

Every benchmark can be run alone, ``python benchmarks/NAME.py [--quick] [--json FILE]``, and does this::

    options = options_of(__doc__)  # .quick, .json
    ...                            # measure, and print tables of its own
    conclude(
        options,
        at_most("assets.get, CPU at 50 in flight", ratio, 1.20, "× aiohttp + orjson", then=1.10),
        at_least("upload, 1 GiB", speed, 0.85, "× curl"),
        holds("every caller is served", starved == 0, f"{starved} starved"),
    )

`conclude` prints each figure with its target, and appends it to the file that ``--json`` names, as a line of JSON with
the members ``name``, ``target``, ``figure``, ``unit``, ``reached`` and, where there is a further target, ``then`` and
``then_reached``. A target that is missed does not make a benchmark fail. ``nox -s bench`` runs all that noxfile.py
lists in BENCHMARKS with one such file, and ``benchmarks/summary.py FILE`` makes one table of it.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple


class Options(NamedTuple):
    """What the command line says.

    Attributes:
        quick: a rough idea is enough, in a few seconds.
        json: the file that takes the figures, or None.
    """

    quick: bool
    json: Path | None


class Finding(NamedTuple):
    """One figure beside its target.

    Attributes:
        name: of what was measured.
        target: as text, such as "≤ 1.2".
        figure: that was measured; None where it is only told whether something holds.
        unit: of the figure, such as "× aiohttp + orjson"; in place of a missing figure, what was found.
        reached: whether the target was.
        then: the further target as text, if there is one.
        then_reached: whether that was, too.
    """

    name: str
    target: str
    figure: float | None
    unit: str
    reached: bool
    then: str | None = None
    then_reached: bool | None = None


def options_of(description: str | None) -> Options:
    """Read the command line of a benchmark."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="take a few seconds, for a rough idea")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append the figures to this file, a line for each")
    given = parser.parse_args()
    return Options(given.quick, given.json)


def at_most(name: str, figure: float, limit: float, unit: str, *, then: float | None = None) -> Finding:
    """Compare a figure with a target that it must not exceed, and with a further one."""
    further = (None, None) if then is None else (f"≤ {then:g}", figure <= then)
    return Finding(name, f"≤ {limit:g}", figure, unit, figure <= limit, *further)


def at_least(name: str, figure: float, limit: float, unit: str, *, then: float | None = None) -> Finding:
    """Compare a figure with a target that it must reach, and with a further one."""
    further = (None, None) if then is None else (f"≥ {then:g}", figure >= then)
    return Finding(name, f"≥ {limit:g}", figure, unit, figure >= limit, *further)


def holds(name: str, reached: bool, found: str, target: str = "always") -> Finding:
    """Tell whether something holds that has no figure."""
    return Finding(name, target, None, found, reached)


def conclude(options: Options, *findings: Finding) -> None:
    """Print the figures with their targets, and add them to the file of figures if there is one."""
    show(findings)
    if options.json is not None:
        with options.json.open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(_members(each), ensure_ascii=False)}\n" for each in findings)


def read(file: Path) -> list[Finding]:
    """Return what was added to a file of figures."""
    return [Finding(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def show(findings: Iterable[Finding]) -> None:
    """Print a table: what, target, figure, reached or not."""
    print(f"\n{'target':<48} {'':>9} {'figure':<44} verdict\n{'-' * 130}")
    for each in findings:
        figure = each.unit if each.figure is None else f"{_short(each.figure)} {each.unit}"
        then = "" if each.then is None else f"; then {each.then} {_reached(each.then_reached)}"
        print(f"{each.name:<48} {each.target:>9} {figure:<44} {_reached(each.reached)}{then}")


def _members(finding: Finding) -> dict[str, Any]:
    return {name: value for name, value in finding._asdict().items() if name == "figure" or value is not None}


def _short(figure: float) -> str:
    return f"{figure:,.2f}" if abs(figure) < 1000 else f"{figure:,.0f}"


def _reached(yes: bool | None) -> str:
    return "reached" if yes else "NOT reached"
