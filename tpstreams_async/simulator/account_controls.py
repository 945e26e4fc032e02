"""What a test can do to the tokens of users."""

from __future__ import annotations

from .control_base import ControlBase


class AccountControls(ControlBase):
    """The part of the controls that is about tokens."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens that are accepted, oldest first: the simulator's own, then those from logins."""
        with self._service.lock:
            return tuple(self._service.accounts.tokens)

    def revoke_token(self, token: str) -> None:
        """Let a token be refused from now on, as if somebody had logged out with it.

        Raises:
            KeyError: it is not accepted anyway.
        """
        with self._service.lock:
            self._service.accounts.revoke(token)
