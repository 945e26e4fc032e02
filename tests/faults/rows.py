"""The faults that a client of this API has to live with, by number, and what it should make of each.

R: the attempt is made again, within deadline, budget and jitter. N: it is not. U: `OutcomeUnknownError`.
"""

from typing import Final, NamedTuple


class Row(NamedTuple):
    """A fault.

    Attributes:
        fault: what goes wrong.
        right: what the client should do.
        later: the part of the client that the fault belongs to, where that is not there yet.
    """

    fault: str
    right: str
    later: str = ""


_BULK: Final = "bulk work"
_LEDGER: Final = "the ledger of bulk work"
_WEBHOOK: Final = "receiving webhooks"

ROWS: Final[dict[int, Row]] = {
    1: Row("connection refused", "R, whatever the request"),
    2: Row("host name unknown", "R, whatever the request"),
    3: Row("certificate of an unknown authority, or for another host", "N, ConnectError that names TLS"),
    4: Row("https to a plain port", "N, ConnectError that names TLS"),
    5: Row("no connection within its limit", "R, whatever the request"),
    6: Row("no free connection in the pool", "not sent, within the deadline"),
    7: Row("the deadline passes before there is a connection", "not sent, within the deadline"),
    8: Row("the deadline passes after the request was sent", "read: RequestTimeoutError; change: U"),
    9: Row("reset at accept", "read R; change U"),
    10: Row("close at accept", "read R; change U"),
    11: Row("reset or close after the whole request", "read R; change U"),
    12: Row("reset or close after the head, inside a large body", "change U"),
    13: Row("reset inside the answer", "read R; change U"),
    14: Row("body shorter than its Content-Length", "read R; change U"),
    15: Row("chunked body without its end", "read R; change U"),
    16: Row("answer that stalls", "read R; change U, within the deadline"),
    17: Row("head that drips in", "read R; change U, within the deadline"),
    18: Row("kept connection, closed while idle, noticed", "invisible"),
    19: Row("kept connection, closed just as the request leaves", "read R; change U"),
    20: Row("status line that is none", "read R; change U"),
    21: Row("huge header, or too many", "read R; change U"),
    22: Row("DELETE whose answer is lost", "a success once the object is gone"),
    23: Row("408", "read R; change U"),
    24: Row("409", "N, refused"),
    25: Row("429 or 425 with seconds", "R after them, whatever the request"),
    26: Row("429 or 425 with an HTTP date", "R at that moment, by the server's clock"),
    27: Row("hint beyond the cap", "N, RateLimitedError at once"),
    28: Row("hint that is negative, inf, nan, 1_000 or in other digits", "R as without a hint"),
    29: Row("500, 502, 503, 504", "read R; change U"),
    30: Row("413", "N, refused"),
    31: Row("401 in the middle of a run", "N"),
    32: Row("403", "N"),
    33: Row("404 just after creation, while waiting", "a grace of 30 s"),
    34: Row("404 of something that was seen, while waiting", "JobVanishedError"),
    35: Row("redirect to another host", "never followed with a token"),
    36: Row("redirect of a creation", "U"),
    37: Row("next page on another host, or over http", "an error, nothing sent there"),
    38: Row("next pages in a circle, or without an end", "an error"),
    39: Row("200 with an HTML page", "read R once, then DecodeError; change U"),
    40: Row("JSON that is cut or empty", "read R once, then DecodeError; change U"),
    41: Row("good JSON under another content type", "accepted"),
    42: Row("gzip bomb", "refused within memory bounds"),
    43: Row("corrupt gzip", "read R; change U"),
    44: Row("NaN or Infinity in JSON", "DecodeError"),
    45: Row("integers of thousands of digits", "DecodeError, or a value; nothing else"),
    46: Row("JSON of 100,000 levels", "DecodeError"),
    47: Row("duplicate keys", "the last one counts"),
    48: Row("bytes that are no UTF-8; a byte order mark", "DecodeError; skipped"),
    49: Row("unknown word for a status", "kept as it is; a wait goes on and says so once"),
    50: Row("field missing, null or new", "None; None; in .extra"),
    51: Row("words in another case", "the same words"),
    52: Row("status that goes back", "the wait goes on"),
    53: Row("status that never changes", "JobTimeoutError"),
    54: Row("progress over 100", "kept as it is; nothing is concluded from it"),
    55: Row("status of another trim", "older: the wait goes on; newer: JobSupersededError"),
    56: Row("work that fails", "JobFailedError"),
    57: Row("server's clock hours away", "only the monotonic clock counts"),
    58: Row("5xx between looks", "one blip never ends a wait"),
    59: Row("wait is cancelled", "it ends; the server's work and other waits do not"),
    60: Row("file changes while it is sent", "an error"),
    61: Row("file vanishes, or cannot be read", "InvalidInputError before a byte is sent; midway, an error"),
    62: Row("file is a directory, a pipe or a device", "InvalidInputError before a byte is sent"),
    63: Row("upload session expires midway", "an error that names the asset left behind"),
    64: Row("storage answers 403 or 400", "an error that names the asset left behind"),
    65: Row("storage answers 5xx, or its connection breaks", "again from the file's beginning"),
    66: Row("storage answers 307", "not followed"),
    67: Row("file over the session's limit", "an error"),
    68: Row("upload stalls", "ended by a watchdog"),
    69: Row("our token, cookies or headers on the way to storage", "never sent there"),
    70: Row("upload is cancelled", "nothing is left open"),
    71: Row("text that is not ASCII", "goes through unchanged"),
    72: Row("CR, LF, NUL or a lone surrogate in a text", "InvalidInputError before a byte is sent"),
    73: Row("CR, LF or other than visible ASCII in the token", "InvalidInputError, which does not show it"),
    74: Row("id that leads elsewhere: ../ //host ? # %2e, or empty", "InvalidInputError before a byte is sent"),
    75: Row("trim times that are nan, infinite, negative or reversed", "InvalidInputError before a byte is sent"),
    76: Row("thumbnail of 2 MB", "InvalidInputError before a byte is sent"),
    77: Row("thumbnail that is no PNG or JPEG", "InvalidInputError before a byte is sent"),
    78: Row("subtitle that is no WebVTT", "InvalidInputError before a byte is sent"),
    79: Row("bulk creation of none or of 51", "InvalidInputError before a byte is sent", "bulk creation"),
    80: Row("bulk creation with duplicates", "InvalidInputError before a byte is sent", "bulk creation"),
    81: Row("cancelled at any moment", "no task, connection, file or watch is left"),
    82: Row("closed while calls and waits are under way", "ClientClosedError"),
    83: Row("used after close, or in another event loop", "ClientClosedError that says what to do"),
    84: Row("used after a fork", "ClientClosedError that says what to do"),
    85: Row("interrupted from the keyboard", "state on disk stays true", _BULK),
    86: Row("killed at any moment", "nothing lost, nothing twice", _LEDGER),
    87: Row("disk of the ledger is full", "nothing is sent that is not written down", _LEDGER),
    88: Row("two processes on one ledger", "the second is refused", _LEDGER),
    89: Row("damaged ledger", "refused", _LEDGER),
    90: Row("delivery with a wrong secret, or none", "401 in constant time", _WEBHOOK),
    91: Row("delivery that is replayed", "handlers see a change once", _WEBHOOK),
    92: Row("deliveries out of order", "an ended state never goes back", _WEBHOOK),
    93: Row("delivery that is huge", "413", _WEBHOOK),
    94: Row("delivery that is no JSON", "400", _WEBHOOK),
    95: Row("secrets in reprs, logs, tracebacks and pickles", "none"),
}
