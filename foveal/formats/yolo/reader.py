"""Reader of YOLO data sets: description, then image by image the rows of its label file."""

from collections.abc import Iterator
from dataclasses import replace

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.items import FormatError, Item
from foveal.formats.yolo.description import Description, describe
from foveal.formats.yolo.files import Files
from foveal.formats.yolo.label_file import LabelFiles
from foveal.formats.yolo.layout import Entry, Found, entries, listed_split, single
from foveal.formats.yolo.questions import OPTION_TASK, meaning_of
from foveal.formats.yolo.variants import classify, ndjson


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of a YOLO data set. Raises FormatError for a source that is none."""
    files, main = Files(source), source.main
    if (stream := ndjson.find(files)) is not None:
        yield from ndjson.read(files, stream, context)
        return
    around = Files(source.around())
    if main is not None and main.lower().endswith(".txt"):
        description = describe(around.beside())
        if (split := listed_split(files, main)) is not None:
            description = replace(description, name=main, splits={split: [main]})
            yield from _items(around, description, context, entries(around, description))
        else:
            yield from _items(files, description, context, iter([single(around, main)]))
        return
    description = describe(around)
    task = context.option(OPTION_TASK) or description.task
    if task == "classify" or (task is None and classify.is_likely(around)):
        yield from classify.read(around, context)
    else:
        yield from _items(around, description, context, entries(around, description))


def _items(files: Files, description: Description, context: Context, found: Iterator[Found]) -> Iterator[Item]:
    yield from description.sections
    yield from description.warnings
    yield from description.classes.labels()
    labels = LabelFiles(files, description.classes, meaning_of(description, context), context)
    is_empty = True
    for each in found:
        if isinstance(each, Entry):
            is_empty = False
            yield from labels.items(each)
        else:
            yield each
    if is_empty:
        raise FormatError(
            "not_yolo", "There is no image and no label file: name the folder that holds those of images and of labels."
        )
