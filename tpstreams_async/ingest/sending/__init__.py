"""Bringing rows to the server: those with a URL many in a request, those with a file one by one.

`senders` does both at once, `batches` and `files` one of them each; `failures` says what an error means for rows, and
`backoff` waits for better times.
"""

from .senders import Senders

__all__ = ["Senders"]
