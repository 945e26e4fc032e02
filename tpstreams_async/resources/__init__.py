"""What can be asked of the server, noun by noun."""

from ._decoding import require_id
from ._files import FileInput, Progress, UploadInput, plain_name
from ._finding import File, Finder, Marks, bare_folder, file_of, files_shown, folder_of, plain
from ._learned import Learned
from ._reconcile import Reconciler
from ._rows import ROOT, Rows

__all__ = [
    "ROOT",
    "File",
    "FileInput",
    "Finder",
    "Learned",
    "Marks",
    "Progress",
    "Reconciler",
    "Rows",
    "UploadInput",
    "bare_folder",
    "file_of",
    "files_shown",
    "folder_of",
    "plain",
    "plain_name",
    "require_id",
]
