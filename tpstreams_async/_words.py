"""How the server's words are compared."""


def folded(word: str | None) -> str:
    """Return a word in lower case, with a space for each dash, underscore or run of spaces.

    The API shows ``Completed`` and ``completed``, ``NOT_STARTED`` and ``Not Started`` side by side.
    """
    return " ".join((word or "").casefold().replace("_", " ").replace("-", " ").split())
