"""What can be asked of the server, noun by noun."""

from ._files import FileInput
from ._reconcile import Reconciler

__all__ = ["FileInput", "Reconciler"]
