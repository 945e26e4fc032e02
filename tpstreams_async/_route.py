"""What can be known of a call before it is made: where it goes, and what it means to send it twice."""

import enum
from typing import NamedTuple


class Effect(enum.Enum):
    """What a request does to the server's state, which decides whether it may be sent again."""

    #: Nothing: it may be sent as often as needed.
    READ = "read"
    #: Something: it is sent again only if the first one provably did nothing.
    CHANGE = "change"
    #: The same state is there afterwards, however often it is sent.
    REPLACE = "replace"
    #: The object is gone afterwards, however often it is sent; finding nothing the second time is a success.
    DELETE = "delete"


class Route(NamedTuple):
    """One call of the API.

    Attributes:
        name: the SDK's name of the call, for messages.
        method: the HTTP method.
        template: the path below the organization, with ``{}`` for each id; with a slash in front, the path below the
            origin. It ends in a slash, as every path does.
        effect: what it does to the server's state.
        how_to_find_out: where to look when it is not known whether a change was carried out.
        anonymous: whether it goes out without a token.
    """

    name: str
    method: str
    template: str
    effect: Effect
    how_to_find_out: str = ""
    anonymous: bool = False
