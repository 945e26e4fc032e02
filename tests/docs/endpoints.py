"""The README's table of endpoints, made from the table of routes.

    python tests/docs/endpoints.py

writes it into the README; a test compares them.
"""

from pathlib import Path
from typing import Final

from tpstreams_async import _routes
from tpstreams_async._route import Effect, Route

README: Final = Path(__file__).parents[2] / "README.md"
BEGIN: Final = "<!-- endpoints -->\n"
END: Final = "<!-- end of endpoints -->\n"

#: What becomes of a call whose answer is lost.
_LOST: Final = {
    Effect.READ: "asked again",
    Effect.CHANGE: "`OutcomeUnknownError`",
    Effect.REPLACE: "sent again: it leaves the same behind",
    Effect.DELETE: "sent again: gone is gone",
}


def routes() -> list[Route]:
    """Return all routes, in the order of their table."""
    return [route for route in vars(_routes).values() if isinstance(route, Route)]


def table() -> str:
    """Return the table of all routes."""
    rows = ["| call | endpoint | if its answer is lost |", "| --- | --- | --- |"]
    for route in routes():
        path = route.template.replace("{}", "<id>")
        rows.append(f"| `client.{route.name}` | `{route.method} {path}` | {_LOST[route.effect]} |")
    return "\n".join(rows) + "\n"


def shown() -> str:
    """Return the table that the README has."""
    return README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    text = README.read_text(encoding="utf-8")
    README.write_text(text.replace(BEGIN + shown() + END, BEGIN + table() + END), encoding="utf-8")


if __name__ == "__main__":
    main()
