"""Data sets of files of which something is edited, and conversions, as tests make them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from foveal.formats.base.files.source import open_source
from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import LabelledAsset, ListDataset, with_texts
from foveal.formats.base.model.items import Annotation, Asset, Label
from foveal.formats.base.model.loss import LossReport
from foveal.formats.conversion import FileDataset, convert_files
from foveal.formats.label_studio import FORMAT
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

    def heads(self) -> Any:
        return self.assets()

    def texts(self) -> Any:
        return with_texts(self.assets())


def edited(path: Path, out: Path, change: Any, new: Mapping[str, Annotation] | None = None) -> LossReport:
    losses = LossReport()
    with open_source(path) as source, open_target(out) as target:
        dataset = _Edited(FileDataset(source, FORMAT, Context({"annotators": "one_layer"})), change, new)
        assert FORMAT.write is not None
        FORMAT.write(dataset, target, Context(), losses)
    return losses


def written(
    folder: Path, *bodies: Mapping[str, Any], asset: Asset | None = None, **options: str
) -> tuple[list[dict[str, Any]], LossReport, str]:
    """Write bodies as the annotations of one asset; return the tasks, the losses and the labelling interface."""
    asset = asset or Asset("a.jpg", width=640, height=480)
    items = [Annotation(asset.file_name, {"field": "ground_truth", **body}, f"p{at}") for at, body in enumerate(bodies)]
    dataset = ListDataset([LabelledAsset(asset, items)], [Label("Car", color="#ff0000")])
    losses = LossReport()
    path = folder / "out.json"
    for made in (path, folder / "out.labeling_interface.xml"):
        made.unlink(missing_ok=True)
    with open_target(path) as target:
        assert FORMAT.write is not None
        FORMAT.write(dataset, target, Context(options), losses)
    return json.loads(path.read_text()), losses, (folder / "out.labeling_interface.xml").read_text()


def results(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for of in tasks[0]["annotations"] for each in of["result"]]


def codes(losses: LossReport) -> list[tuple[str, str]]:
    return [(loss.code, loss.field) for loss in losses.losses()]
