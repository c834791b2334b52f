"""Writing of data sets in tests, and data sets of files in which annotations have been changed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset
from foveal.formats.registry import load


def written(dataset: Dataset, path: Path, format_: str, **options: str) -> LossReport:
    """Write a data set and return its losses."""
    losses = LossReport()
    writer = load(format_).write
    assert writer is not None
    with open_target(path) as target:
        writer(dataset, target, Context(options), losses)
    return losses


class Edited(FileDataset):
    """A data set of files whose assets are given anew."""

    def changed(self, content: Sequence[LabelledAsset]) -> "Edited":
        self.assets = lambda: iter(content)  # type: ignore[method-assign]
        return self


def edit(annotation: Annotation, **members: Any) -> Annotation:
    """Return an annotation with other members; None takes one away."""
    body = {name: value for name, value in (annotation.body | members).items() if value is not None}
    return replace(annotation, body=body, is_edited=True)
