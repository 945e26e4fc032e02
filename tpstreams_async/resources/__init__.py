"""What can be asked of the server, noun by noun."""

from ._decoding import require_id
from ._files import FileInput, Progress, UploadInput, plain_name
from ._finding import Finder, Marks, plain
from ._learned import Learned
from ._reconcile import Reconciler
from ._rows import ROOT, Rows

__all__ = [
    "ROOT",
    "FileInput",
    "Finder",
    "Learned",
    "Marks",
    "Progress",
    "Reconciler",
    "Rows",
    "UploadInput",
    "plain",
    "plain_name",
    "require_id",
]
