"""Reader of COCO data sets: the files of one split together, image by image, whatever the order of their records."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.files.temporary_database import Firsts
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FileWarning, FormatError, Item
from foveal.formats.coco.classes import merged
from foveal.formats.coco.file import CocoFile
from foveal.formats.coco.files import by_split, coco_files, seekable
from foveal.formats.coco.results import read_results

MAX_OPEN_FILES: Final = 100


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of all COCO files of a source. Raises FormatError when there is none."""
    names = coco_files(source)
    if not names:
        raise FormatError("not_coco", "No JSON file with images, annotations and categories was found.")
    known: set[tuple[str, str]] = set()
    for split, files in _groups(names):
        with ExitStack() as stack:
            streams = [(name, stack.enter_context(seekable(source, name))) for name in files]
            group = [CocoFile(source, name, stream, split, context) for name, stream in streams]
            for file in group:
                yield from file.sections()
                yield from file.categories.warnings
            for label in merged(file.categories for file in group):
                if (key := (label.name, repr(label.external_ids))) not in known:
                    known.add(key)
                    yield label
            yield from _images([file for file in group if not file.index.is_results])
            for file in group:
                yield from read_results(file, source, context) if file.index.is_results else file.without_image()
                yield from file.more_warnings()


def _groups(names: Sequence[str]) -> Iterator[tuple[str | None, Sequence[str]]]:
    """Yield the files to read together: those of one split, or each alone where there are more than can be open."""
    for split, files in by_split(names).items():
        yield from [(split, files)] if len(files) <= MAX_OPEN_FILES else [(split, [name]) for name in files]


def _images(group: Sequence[CocoFile]) -> Iterator[Item]:
    """Yield each image of the files of one split once, with its annotations in all of them."""
    others = {id(file): file.slots_by_name() for file in group[1:]}
    names = Firsts()
    for number, file in enumerate(group):
        for asset, slot in file.assets():
            if isinstance(asset, FileWarning):
                yield asset
                continue
            before = names.add(asset.file_name, number)
            if before is not None and before < number:
                continue
            if before is not None:
                yield FileWarning("same_file_name", f"{asset.file_name} is the name of several images.", file.name)
            same = [(each, others[id(each)].get(asset.file_name, ())) for each in group[number + 1 :]]
            yield replace(asset, labelled=asset.labelled or any(slots and each.is_labelled for each, slots in same))
            yield from file.annotations(asset, slot)
            for each, slots in same if before is None else ():
                for other in slots:
                    yield from each.annotations(asset, other)
