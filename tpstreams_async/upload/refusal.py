"""What storage says when it does not take a file."""

import re
from typing import Final

from ..errors import APIError, ConnectError, OutcomeUnknownError, RateLimitedError, ServerError

_CODE: Final = re.compile(r"<Code>([^<]{1,100})</Code>")
#: What S3 says with a 4xx although the same request may fare better: too little came for a while, or two met.
_PASSING: Final = ("RequestTimeout", "OperationAborted")
_MESSAGE: Final = re.compile(r"<Message>([^<]{1,300})</Message>")


def root_of(failure: BaseException) -> BaseException:
    """Return what went wrong on the way: that it leaves an outcome unknown is of no interest to a file."""
    cause = failure.__cause__
    return cause if isinstance(failure, OutcomeUnknownError) and cause is not None else failure


def may_pass(failure: BaseException) -> bool:
    """Tell whether another attempt may fare better."""
    root = root_of(failure)
    if isinstance(root, ConnectError):
        return root.may_pass
    if isinstance(root, ServerError):
        return root.status >= 400
    if not isinstance(root, APIError) or isinstance(root, RateLimitedError):
        return True
    code = _CODE.search(root.body)
    return code is not None and code.group(1) in _PASSING


def says_expired(failure: BaseException) -> bool:
    """Tell whether storage says that the time for the upload is over."""
    root = root_of(failure)
    return isinstance(root, APIError) and root.status in (400, 403) and "expired" in _said(root).lower()


def reason_of(failure: BaseException) -> str:
    """Say why a file did not arrive."""
    root = root_of(failure)
    if not isinstance(root, APIError):
        return str(root).removeprefix("assets.upload: ").rstrip(".")
    if 300 <= root.status < 400:
        return f"storage points elsewhere ({root.status}), which is not followed"
    said = _said(root)
    return f"storage answered {root.status}" + (f" ({said})" if said else "")


def _said(error: APIError) -> str:
    found = [match.group(1).strip() for match in (_CODE.search(error.body), _MESSAGE.search(error.body)) if match]
    return ": ".join(found).rstrip(".")
