"""Looking for secrets in everything that an object, an error or a log can show."""

import pickle
import pprint
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from tpstreams_async import _redact

TESTS = Path(__file__).parent.parent

CANARY = "canaryqxzj"
#: A URL that has the canary in each place that may hold a secret.
SIGNED = f"https://user:{CANARY}@media.example/a.m3u8?Signature={CANARY}&Policy={CANARY}#{CANARY}"
BUCKET = f"s3://AKIAEXAMPLE:{CANARY}@bucket/output"
SECRETS = {key: CANARY for key in sorted(_redact.SECRET_KEYS)}
#: An answer that has the canary wherever a server could put a secret.
LEAKY_BODY = {
    "detail": f"Token {CANARY} at {SIGNED} or {BUCKET}",
    "title": [f"token={CANARY}"],
    "id": {**SECRETS},
    **SECRETS,
}
LEAKY_HEADERS = {"X-Request-Id": f"Token {CANARY}", "Location": SIGNED}


def faces(thing: object) -> str:
    """Return all that an object shows of itself."""
    return f"{thing!r}\n{thing}\n{thing:}\n{pprint.pformat(thing)}\n{pickle.dumps(thing)!r}"


def chain(error: BaseException) -> Iterator[BaseException]:
    """Go through an error and all that it leads to, suppressed or not."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        link = todo.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            yield link
            todo += [link.__cause__, link.__context__]


def frames(error: BaseException) -> Iterator[FrameType]:
    """Go through the frames that an error went through, those of tests left out."""
    trace = error.__traceback__
    while trace is not None:
        if not Path(trace.tb_frame.f_code.co_filename).is_relative_to(TESTS):
            yield trace.tb_frame
        trace = trace.tb_next


def report(error: BaseException) -> str:
    """Return all that a report of an error could show, the local variables of each frame included."""
    parts: list[str] = []
    for link in chain(error):
        parts += [repr(link), str(link), repr(link.args), repr(vars(link)), repr(pickle.dumps(link))]
        parts += [
            f"{frame.f_code.co_qualname} {name}={value!r}"
            for frame in frames(link)
            for name, value in frame.f_locals.items()
        ]
    return "\n".join(parts)
