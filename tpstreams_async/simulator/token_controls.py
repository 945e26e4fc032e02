"""What a test can do to access tokens."""

from __future__ import annotations

from .access_tokens import ACTIVE
from .control_base import ControlBase


class TokenControls(ControlBase):
    """The part of the controls that is about access tokens."""

    def use_access_token(self, code: str) -> None:
        """Let a player play once with an access token.

        Raises:
            KeyError: there is none with this code.
            ValueError: it does not let anybody play any more.
        """
        with self._service.lock:
            token = self._service.access_tokens[code]
            status = token.status(self._service.clock.now())
            if status != ACTIVE:
                raise ValueError(f"nobody can play with an access token that is {status}")
            token.used = True
