"""Names of the formats and their aliases, without the formats themselves."""

from collections.abc import Mapping
from typing import Final

from foveal.formats.base.model.items import FormatError

NAMES: Final = (
    *("coco", "yolo", "voc", "cvat", "label_studio", "fiftyone", "parquet", "csv"),
    *("kitti", "mot", "openimages", "labelme", "webdataset", "croissant"),
)
ALIASES: Final[Mapping[str, str]] = {
    "lvis": "coco",
    "pascal_voc": "voc",
    "darknet": "yolo",
    "ultralytics": "yolo",
    "labelstudio": "label_studio",
    "51": "fiftyone",
    "tsv": "csv",
    "open_images": "openimages",
    "motchallenge": "mot",
}


def plain_name(name: str) -> str:
    """Return the name of a format for a name or an alias. Raises FormatError with the names that there are."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    plain = ALIASES.get(plain, plain)
    if plain not in NAMES:
        raise FormatError("unknown_format", f"{name} is no format: take one of {', '.join(NAMES)}.")
    return plain
