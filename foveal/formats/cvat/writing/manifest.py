"""Writer of the manifest of a CVAT data set: names and sides as the catalog knows them, without a byte of an image."""

import json
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.files.target import Target
from foveal.formats.base.geometry.writing import Sides, sides_of
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset
from foveal.formats.base.model.items import Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.cvat.writing.survey import is_video

MANIFEST: Final = "manifest.jsonl"
VERSION: Final = "1.1"


def write_manifest(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write the images of a data set in their order. Videos are told: their frames would have to be decoded."""
    with target.create(target.name or MANIFEST) as out:
        for head in ({"version": VERSION}, {"type": "images"}):
            out.write(_line(head))
        for labelled in dataset.assets():
            asset, sides = labelled.asset, sides_of(labelled.asset, context)
            if is_video(labelled):
                losses.tell("no_manifest", "asset", "The manifest of a video needs its frames.", asset.file_name)
            elif sides is None:
                losses.tell("size_unknown", "asset", "The manifest needs the sides of an image.", asset.file_name)
            else:
                out.write(_line(_members(asset, sides)))


def _members(asset: Asset, sides: Sides) -> dict[str, Any]:
    suffix = PurePosixPath(asset.file_name).suffix
    members: dict[str, Any] = {"name": asset.file_name.removesuffix(suffix), "extension": suffix}
    members |= {"width": sides[0], "height": sides[1]}
    return members | {name: asset.extra[name] for name in ("meta", "checksum") if name in asset.extra}


def _line(members: dict[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode() + b"\n"
