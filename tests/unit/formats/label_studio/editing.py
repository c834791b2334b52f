"""Data sets of files of which something is edited, and conversions, as tests make them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from foveal.formats.context import Context
from foveal.formats.conversion import FileDataset, convert_files
from foveal.formats.items import Annotation
from foveal.formats.label_studio import FORMAT
from foveal.formats.loss import LossReport
from foveal.formats.source import open_source
from foveal.formats.target import open_target
from tests.unit.formats.reading import Line


def converted(path: Path, out: Path, **options: str) -> list[Line]:
    return list(convert_files(path, out, "label_studio", "label_studio", [f"{k}={v}" for k, v in options.items()]))


class _Edited:
    """A data set of files with one change to each annotation that `change` returns otherwise; None removes it."""

    def __init__(self, files: FileDataset, change: Any, new: Mapping[str, Annotation] | None = None) -> None:
        self.format, self.source = files.format, files.source
        self._files, self._change, self._new = files, change, new or {}

    def labels(self) -> Any:
        return self._files.labels()

    def sections(self) -> Any:
        return {}

    def leftovers(self) -> Any:
        return self._files.leftovers()

    def assets(self) -> Any:
        for each in self._files.assets():
            changed = [self._change(one) for one in each.annotations]
            kept = [one for one in changed if one is not None]
            kept += [self._new[each.asset.file_name]] if each.asset.file_name in self._new else []
            yield replace(each, annotations=kept, is_unedited=kept == list(each.annotations))


def edited(path: Path, out: Path, change: Any, new: Mapping[str, Annotation] | None = None) -> LossReport:
    losses = LossReport()
    with open_source(path) as source, open_target(out) as target:
        dataset = _Edited(FileDataset(source, FORMAT, Context({"annotators": "one_layer"})), change, new)
        assert FORMAT.write is not None
        FORMAT.write(dataset, target, Context(), losses)
    return losses
