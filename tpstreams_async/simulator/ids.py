"""Identifiers in the forms that the service uses."""

from __future__ import annotations

import random
import string
import uuid

ALPHABET = "".join(c for c in string.digits + string.ascii_letters if c not in "01IOl")
"""The characters of an asset id: digits and letters without those that look alike."""

ID_LENGTH = 11


class IdSource:
    """Hands out identifiers, none of them twice."""

    def __init__(self) -> None:
        self._random = random.Random()
        self._given: set[str] = set()
        self._number = self._random.randrange(100, 900)

    def asset_id(self) -> str:
        """Return a new id of an asset or folder: 11 characters of `ALPHABET`."""
        while True:
            new = "".join(self._random.choices(ALPHABET, k=ID_LENGTH))
            if new not in self._given:
                self._given.add(new)
                return new

    def number(self) -> int:
        """Return a new integer id, as trims and tracks have it; each is larger than the one before."""
        self._number += 1
        return self._number

    def task_id(self) -> str:
        """Return a new UUID, as background tasks have it."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def token(self) -> str:
        """Return 64 hex digits, as an API token has them."""
        return f"{self._random.getrandbits(256):064x}"
