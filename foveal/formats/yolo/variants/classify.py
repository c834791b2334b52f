"""Classification by folders: `split/class/image`; classes in the order of the sorted folder names of train."""

from collections.abc import Iterator
from typing import Final

from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import pointer
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import Annotation, Asset, FormatError, Item
from foveal.formats.yolo.classes import FORMAT_NAME, Classes
from foveal.formats.yolo.files import LABEL_FOLDERS, SPLITS, Files

_SPLITS: Final = ("train", "val", "valid", "validation", "test")
_OTHER_LABELS: Final = (".txt", ".json", ".jsonl", ".ndjson", ".xml", ".csv", ".parquet", ".yaml", ".yml", ".data")


def is_likely(files: Files) -> bool:
    """Tell whether a source is nothing but images in `split/class` folders."""
    found = False
    for name in files.names:
        if name.lower().endswith(_OTHER_LABELS):
            return False
        if is_media(name):
            place = _place(name)
            if place is None or place[0] is None or place[1] in ("images", *LABEL_FOLDERS):
                return False
            found = True
    return found


def read(files: Files, _context: Context) -> Iterator[Item]:
    """Yield each image with the class that its folder names. Raises FormatError without such folders."""
    places = {name: place for name in files.names if is_media(name) and (place := _place(name))}
    trained = {label for split, label in places.values() if split == "train"}
    others = {label for _, label in places.values()} - trained
    numbers = {name: number for number, name in enumerate([*sorted(trained), *sorted(others)])}
    if not numbers:
        raise FormatError("not_yolo", "Classification needs images in folders: train/CLASS/image.")
    classes = Classes({number: name for name, number in numbers.items()})
    yield from classes.labels()
    for name in files.names:
        if not is_media(name):
            continue
        if name not in places:
            yield Asset(name, labelled=False)
            continue
        split, label = places[name]
        body = {"type": "classification", "field": "ground_truth", "label": classes.name_of(numbers[label])}
        yield Asset(name, split=split, pointer=name)
        yield Annotation(name, body, pointer(files.source, name, label), name, f"{FORMAT_NAME}_classify")


def _place(name: str) -> tuple[str | None, str] | None:
    """Return split and class of an image: the folder behind that of the split, else the folder that it is in."""
    folders = name.split("/")[:-1]
    for position, folder in enumerate(folders):
        if folder.lower() in _SPLITS:
            return (SPLITS[folder.lower()], folders[position + 1]) if position + 1 < len(folders) else None
    return (None, folders[-1]) if folders else None
