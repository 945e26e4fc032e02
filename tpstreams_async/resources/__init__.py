"""What can be asked of the server, noun by noun."""

from ._files import FileInput

__all__ = ["FileInput"]
