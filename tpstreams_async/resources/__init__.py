"""What can be asked of the server, noun by noun."""

from ._files import FileInput
from ._learned import Learned
from ._reconcile import Reconciler
from ._rows import ROOT, Rows

__all__ = ["ROOT", "FileInput", "Learned", "Reconciler", "Rows"]
