"""File of an export: written on disk by the writer of its format, then stored in the bucket."""

from pathlib import Path
from typing import Final

from foveal.exports.requests import ExportRequest
from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset
from foveal.formats.base.model.items import FormatError
from foveal.formats.base.model.loss import LossReport
from foveal.formats.registry import load

BYTES_PER_SECOND: Final = 10 * 2**20
"""Text of parts that every writer gets through in a second (measured: 20 MiB and more, decision 141)."""


def check(request: ExportRequest) -> str:
    """Return the name of the file. Raises FormatError for what could never be written."""
    if load(request.format).write is None:
        raise FormatError("no_writer", f"{request.format} can be read, but not written.")
    name = request.file_name or f"{request.format}.zip"
    if "." not in name:
        raise FormatError("not_one_file", "An export is one file: name it with a suffix, or .zip for several.")
    return name


def write(request: ExportRequest, dataset: Dataset, path: Path) -> LossReport:
    """Write a file into an empty folder. Raises FormatError."""
    format_, losses, folder = load(request.format), LossReport(), path.parent
    assert format_.write is not None
    with open_target(path) as target:
        format_.write(dataset, target, Context(request.options), losses)
    if others := sorted(each.name for each in folder.iterdir() if each != path):
        raise FormatError("not_one_file", f"The format also writes {', '.join(others[:3])}: name a .zip or a .tar.")
    return losses
