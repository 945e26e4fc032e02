"""What a client learned of its server, which all its views share."""

from .. import _routes
from .._route import Route


class Learned:
    """What the API does not document, as far as an answer told.

    Attributes:
        token_update: the call that updates an access token.
        max_upload_bytes: the largest file that can be uploaded, as the server said the last time; None before that.
    """

    def __init__(self) -> None:
        self.token_update: Route = _routes.PATCH_ACCESS_TOKEN
        self.max_upload_bytes: int | None = None
