"""Lists of COCO results: predictions without images and classes; both come from another file, or are told by id.

Source: cocodataset.org, "Results format"; the kind of each record is known by its own members.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context, ask
from foveal.formats.base.model.items import Asset, ExternalId, FileWarning, FormatError, Item, NotImported
from foveal.formats.coco.classes import merged
from foveal.formats.coco.file import CocoFile
from foveal.formats.coco.files import coco_files, seekable
from foveal.formats.coco.images import MAX_NAME, read_image
from foveal.formats.coco.index import NO_SLOT
from foveal.formats.coco.records import BrokenRecord, text_of

OPTION_IMAGES: Final = "images"
NO_FILE: Final = "none"


def read_results(file: CocoFile, source: Source, context: Context) -> Iterator[Item]:
    """Yield the records of a list of results by image. Raises FormatError for an answer that names no file."""
    answer = context.option(OPTION_IMAGES)
    candidates = [] if source.main is not None or answer else _others(source, file.name)
    with ExitStack() as stack:
        reference: CocoFile | None = None
        if answer and answer != NO_FILE:
            reference = _reference(source.around(), answer, context, stack)
            file.categories = reference.categories
            yield from file.categories.warnings
            yield from merged([file.categories])
        elif candidates:
            yield ask(
                OPTION_IMAGES,
                f"{file.name} is a list of results: its image_id are ids of images in another file.",
                [*candidates, NO_FILE],
                candidates[0],
                file.name,
            )
            yield from _all(file, f"the answer to {OPTION_IMAGES} is needed")
            return
        else:
            yield FileWarning(
                "images_by_id",
                "The images are called by their ids: name the file that has them with --option images=FILE.",
                file.name,
            )
        yield from _by_image(file, reference)
    if reference is None:
        yield from merged([file.categories])


def _by_image(file: CocoFile, reference: CocoFile | None) -> Iterator[Item]:
    for slot, key in enumerate(file.index.ids()):
        asset = _named_by_id(key, file.split) if reference is None else _referred(key, reference)
        positions = file.index.annotations_of(slot)
        if asset is None:
            for position in positions:
                record = file.annotation(position)
                yield NotImported(record.pointer, f"no image has its image_id {key!r}", text_of(record.raw))
            continue
        yield asset
        for position in positions:
            yield from file.items_of(file.annotation(position), asset)
    for position in file.index.without_image_id():
        record = file.annotation(position)
        yield NotImported(record.pointer, file.why_no_image(record.raw), text_of(record.raw))


def _all(file: CocoFile, reason: str) -> Iterator[Item]:
    for position in range(len(file.index.annotations)):
        record = file.annotation(position)
        yield NotImported(record.pointer, reason, text_of(record.raw))


def _others(source: Source, name: str) -> Sequence[str]:
    """Return the files of a source whose images the ids may be: those that are no results by their name."""
    return [each for each in coco_files(source) if each != name and "results" not in each.lower()]


def _reference(source: Source, name: str, context: Context, stack: ExitStack) -> CocoFile:
    try:
        stream = stack.enter_context(seekable(source, name))
    except FileNotFoundError as error:
        raise FormatError("wrong_option", f"--option {OPTION_IMAGES}={name}: there is no such file.") from error
    return CocoFile(source, name, stream, None, context)


def _named_by_id(key: ExternalId, split: str | None) -> Asset | None:
    name = str(key)
    return Asset(name, split=split, external_id=key) if 0 < len(name) <= MAX_NAME and "\0" not in name else None


def _referred(key: ExternalId, reference: CocoFile) -> Asset | None:
    slot = reference.index.slot_of(key)
    if slot is None or slot in reference.index.repeated or reference.index.image_of_slot[slot] == NO_SLOT:
        return None
    record = reference.image(reference.index.image_of_slot[slot])
    try:
        return read_image(record.raw, record.pointer, reference.split, labelled=True)
    except BrokenRecord:
        return None
