"""Writing of COCO files in tests."""

import io
import json
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from pycocotools.coco import COCO

from foveal.formats.base.files.target import open_target
from foveal.formats.base.model.context import AssetFacts, Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset, ListDataset
from foveal.formats.base.model.items import Annotation, Asset, Label
from foveal.formats.base.model.loss import LossReport
from foveal.formats.base.model.matching import AssetNames
from foveal.formats.registry import load
from tests.unit.formats.coco.builders import annotation, box, category, document, image

RING: Final = [10, 10, 20, 10.5, 20, 20]
POINTS: Final = [1, 2, 2, 0, 0, 0]
FULL: Final = document(
    [
        box(7, segmentation=[RING, [1, 2, 30, 2, 5, 16.25]], attributes={"a": 1}, note="x"),
        annotation(3, segmentation={"counts": [10, 20, 4970], "size": [50, 100]}, iscrowd=1),
        box(9, 2, keypoints=POINTS, num_keypoints=1, segmentation=[RING]),
        box(9, 2, score=7),
        box(11, 99),
        annotation(12, 1, segmentation={"counts": [1], "size": [50, 100]}),
    ],
    [image(1, license=3), image(2), image(5)],
    [category(1, keypoints=["a", "b"], skeleton=[[1, 2]]), category(0, "dog")],
    info={"year": 2017},
    licenses=[{"id": 3}],
)


def dataset_of(*bodies: dict[str, Any], labels: Sequence[Label] = (), **members: Any) -> ListDataset:
    """Return a data set of one image of 100 x 50 pixels with annotations of the given bodies."""
    asset = Asset("a.jpg", width=100, height=50, **members)
    annotations = [Annotation("a.jpg", {"field": "ground_truth", **each}, f"/{n}") for n, each in enumerate(bodies)]
    return ListDataset([LabelledAsset(asset, annotations)], labels)


def write(dataset: Dataset, path: Path, **options: str) -> LossReport:
    """Write a data set and return its losses."""
    losses = LossReport()
    facts = {"a.jpg": AssetFacts(100, 50)}
    with open_target(path) as target:
        writer = load("coco").write
        assert writer is not None
        writer(dataset, target, Context(options, facts, None, AssetNames(facts)), losses)
    return losses


def written_by(dataset: Dataset, tmp_path: Path, **options: str) -> Any:
    write(dataset, tmp_path / "out.json", **options)
    return json.loads((tmp_path / "out.json").read_text())


def told_fields(losses: LossReport) -> set[str]:
    return {loss.field for loss in losses.losses()}


def loaded(path: Path) -> COCO:
    with redirect_stdout(io.StringIO()):
        return COCO(str(path))
