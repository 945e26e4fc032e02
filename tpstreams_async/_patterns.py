"""Regular expressions that many programs never use."""

import functools
import re
from collections.abc import Callable


def pattern(text: str, flags: re.RegexFlag = re.NOFLAG) -> Callable[[], re.Pattern[str]]:
    """Return a function that returns the pattern, compiled when it is first called."""
    return functools.cache(functools.partial(re.compile, text, flags))
