"""The one place that knows what must not be shown, and how to show the rest."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit, urlunsplit

from ._patterns import pattern

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
        "x-amz-security-token",
        "access_key",
        "secret_key",
    }
)

_SECRET_KEY_NAMES = "|".join(re.escape(key) for key in sorted(SECRET_KEYS, key=len, reverse=True))
#: How the names of secret members end, as services spell them: ``access_token``, ``streamKey``, ``X-Amz-Signature``.
_SECRET_ENDINGS: Final = tuple({re.sub("[-_]", "", key) for key in SECRET_KEYS} | {"apikey", "secret", "credential"})
#: A text from a server can be of any size, and is not worth more than this.
LONGEST: Final = 4096
_DEEPEST: Final = 64

# The long patterns are compiled at their first use: it takes a part of the time of the import, and many programs never
# come to that.
#
# A JSON member or a form field whose name is secret, whatever quotes it has and wherever the text was cut. Its value is
# text inside text (quotes behind backslashes), text in double or single quotes, a list of plain values, an object
# (which is hidden with all that follows), or a bare word. No part can match the same characters in two ways: these
# patterns run over whatever a server sends.
_SECRET_MEMBER: Final = pattern(
    rf"((?:{_SECRET_KEY_NAMES})" + r"""\\{0,8}["']?\s*(?:[:=]|%3D)\s*)"""
    r"""(\\{1,8}"(?:[^\\]|\\(?!\\{0,7}"))*|"(?:[^"\\]|\\.)*"?|'[^']*'?|\{.*|\[[^\[\]{}]*(?:\]|[\[{].*)?"""
    r"""|(?:(?:token|bearer|basic)\s{1,8})?[^\s,&}\]"'\[{]+)""",
    re.IGNORECASE | re.DOTALL,
)
_AUTH_SCHEME: Final = pattern(r"\b(token|bearer|basic)\s{1,8}[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
# The code of an access token is a UUID, under a name that elsewhere is that of an error.
_TOKEN_CODE: Final = pattern(r"""("code\\{0,8}"\s*:\s*\\{0,8}")[0-9a-f]{8}[0-9a-f-]{0,28}""", re.IGNORECASE)
# JSON may write each slash with a backslash before it, and an ampersand by its number.
_URL: Final = pattern(
    r"""(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:(?:\\?/){2}(?:\\/|\\u00[0-9a-f]{2}|[^\s"'<>\\])+""", re.IGNORECASE
)
# A text that is nothing but a URL, with whatever characters: inside other text it would end at a quote.
_WHOLE_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{0,30}://\S+", re.IGNORECASE)
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
    if netloc and scheme not in ("http", "https") and "@" in path:
        # A key of a bucket may have slashes in it.
        host, slash, rest = path.rpartition("@")[2].partition("/")
        if "[" in host or "]" in host:
            return HIDDEN
        netloc, path = f"{HIDDEN}@{host}", slash + rest
    elif "@" in netloc:
        netloc = f"{HIDDEN}@{netloc.rpartition('@')[2]}"
    path = _NAKED_SIGNATURE.sub(HIDDEN, path)
    return urlunsplit((scheme, netloc, path, HIDDEN if query else "", HIDDEN if fragment else ""))


def text(value: str) -> str:
    """Return the beginning of a free text, such as the body of an answer, with everything secret in it hidden."""
    value = value[:LONGEST]
    value = _AUTH_SCHEME().sub(rf"\1 {HIDDEN}", value)
    value = _SECRET_MEMBER().sub(rf"\1{HIDDEN}", value)
    value = _TOKEN_CODE().sub(rf"\1{HIDDEN}", value)
    return _without_secret_urls(value)


def without(value: str, secret: "Secret") -> str:
    """Return the beginning of a text without a secret in it, not even the first part of one at its end."""
    value = value.replace(secret.reveal(), HIDDEN)[:LONGEST]
    for length in range(len(secret.reveal()) - 1, 3, -1):
        if value.endswith(secret.reveal()[:length]):
            return value[:-length] + HIDDEN
    return value


def data(value: Any, depth: int = 0) -> Any:
    """Return decoded JSON with everything secret in it hidden: by the names of members, and in URLs."""
    if isinstance(value, str):
        return url(value) if _WHOLE_URL.fullmatch(value) else _without_secret_urls(value)
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {
            key: HIDDEN if member is not None and is_secret(key) else data(member, depth + 1)
            for key, member in members.items()
        }
    if isinstance(value, (list, tuple)):
        return [data(item, depth + 1) for item in cast("list[Any]", value)]
    return value


def secrets_in(value: Any, depth: int = 0) -> Iterator[str]:
    """Go through the texts in JSON that are secrets by the names of their members."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, member in cast("Mapping[str, Any]", value).items():
            if isinstance(member, str) and is_secret(key):
                yield member
            else:
                yield from secrets_in(member, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in cast("list[Any]", value):
            yield from secrets_in(item, depth + 1)


def is_secret(key: str) -> bool:
    """Tell whether what stands under this name is a secret."""
    return re.sub("[-_]", "", key).lower().endswith(_SECRET_ENDINGS)


def _without_secret_urls(value: str) -> str:
    return _URL().sub(lambda match: url(match.group().replace("\\/", "/")), value)


class Shown:
    """The `repr` of an attrs field that may be secret: shows what `hide` leaves of the value.

    Attributes:
        hide: from a value that is not None to one that may be shown.
    """

    def __init__(self, hide: Callable[[Any], Any]) -> None:
        self.hide = hide

    def __call__(self, value: Any) -> str:
        """Return the text to show."""
        return repr(self.hidden(value))

    def hidden(self, value: Any) -> Any:
        """Return the value without what is secret in it."""
        return None if value is None else self.hide(value)


def _urls(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(url(value) for value in values)


def _nothing_of(_: Any) -> str:
    return HIDDEN


#: For a field that holds a URL.
url_repr: Final = Shown(url)
#: For a field that holds several URLs.
urls_repr: Final = Shown(_urls)
#: For a field that holds free text of the server.
text_repr: Final = Shown(text)
#: For a field that holds JSON that nobody modelled.
data_repr: Final = Shown(data)
#: For a field that is a secret as a whole: tells only whether there is one.
hidden_repr: Final = Shown(_nothing_of)


class Secret:
    """A value that shows nowhere: not in a repr, a format, a pickle, or a report of local variables.

    Only `reveal` gives it out, to be used on the spot and never put into a variable.
    """

    __slots__ = ("reveal",)

    def __init__(self, value: Any) -> None:
        # In a closure, because some reports look into the attributes of what they show.
        self.reveal: Callable[[], Any] = lambda: value

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled or copied")
