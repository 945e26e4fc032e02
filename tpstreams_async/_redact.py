"""The one place that knows what must not be shown, and how to show the rest."""

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

HIDDEN: Final = "***"

SECRET_KEYS: Final = frozenset(
    {
        "token",
        "authorization",
        "password",
        "stream_key",
        "secret_token",
        "policy",
        "signature",
        "x-amz-signature",
        "x-amz-credential",
        "drm_aes_signing_key",
        "drm_aes_signing_iv",
        "access_key",
        "secret_key",
    }
)

_SECRET_KEY_NAMES = "|".join(re.escape(key) for key in sorted(SECRET_KEYS, key=len, reverse=True))
#: A text from a server can be of any size, and is not worth more than this.
LONGEST: Final = 4096

# A JSON member or a form field whose name is secret, whatever quotes it has and wherever the text was cut. Its value is
# text inside text (quotes behind backslashes), text in double or single quotes, or a bare word. No part can match the
# same characters in two ways: these patterns run over whatever a server sends.
_SECRET_MEMBER: Final = re.compile(
    rf"((?:{_SECRET_KEY_NAMES})" + r"""\\{0,8}["']?\s*[:=]\s*(?:\[\s*)?)"""
    r"""(\\{1,8}"(?:[^\\]|\\(?!\\{0,7}"))*|"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,&}\]"']+)""",
    re.IGNORECASE | re.DOTALL,
)
_AUTH_SCHEME: Final = re.compile(r"\b(token|bearer|basic)\s{1,8}[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
# JSON may write each slash with a backslash before it.
_URL: Final = re.compile(r"""(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:(?:\\?/){2}(?:\\/|[^\s"'<>\\])+""", re.IGNORECASE)
# Some signed URLs of the live service come without their "?", straight after the extension.
_NAKED_SIGNATURE: Final = re.compile(r"((?:Expires|Signature|Policy|Key-Pair-Id)=).*$", re.IGNORECASE)


def url(value: str) -> str:
    """Return a URL without what may be secret in it: credentials, the query, the fragment.

    Anything that is not a parsable URL is returned hidden as a whole.
    """
    try:
        scheme, netloc, path, query, fragment = urlsplit(value)
    except ValueError:
        return HIDDEN
    if "@" in netloc:
        netloc = f"{HIDDEN}@{netloc.rpartition('@')[2]}"
    path = _NAKED_SIGNATURE.sub(HIDDEN, path)
    return urlunsplit((scheme, netloc, path, HIDDEN if query else "", HIDDEN if fragment else ""))


def text(value: str) -> str:
    """Return the beginning of a free text, such as the body of an answer, with everything secret in it hidden."""
    value = value[:LONGEST]
    value = _AUTH_SCHEME.sub(rf"\1 {HIDDEN}", value)
    value = _SECRET_MEMBER.sub(rf"\1{HIDDEN}", value)
    return _URL.sub(lambda match: url(match.group().replace("\\/", "/")), value)


def url_repr(value: str | None) -> str:
    """Like `repr`, for an attrs field that holds a URL."""
    return repr(None if value is None else url(value))


def urls_repr(values: tuple[str, ...]) -> str:
    """Like `repr`, for an attrs field that holds several URLs."""
    return repr(tuple(url(value) for value in values))


def hidden_repr(value: object) -> str:
    """Like `repr`, for an attrs field that holds a secret: tells only whether there is one."""
    return repr(None) if value is None else repr(HIDDEN)
