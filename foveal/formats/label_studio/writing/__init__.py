"""Writer of Label Studio's tasks, and of a labelling interface for those that come from elsewhere."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import PurePosixPath
from typing import IO, Final

from foveal.formats.base.files.target import Target, write_text
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio.writing.edits import rebuilt
from foveal.formats.label_studio.writing.splice import Splicer, is_in_order, task_names, tasks_of
from foveal.formats.label_studio.writing.tasks import OPTION_PREFIX, TaskWriter

NAME: Final = "label_studio"
WRITE_OPTIONS: Final = {
    OPTION_PREFIX: "Text before each file name in the data of tasks, for example `s3://bucket/` or "
    "`/data/local-files/?d=`.",
}


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write tasks, and `labeling_interface.xml` beside them for a data set of another format."""
    taken: set[int] = set()
    source = dataset.source if dataset.format == NAME else None
    names = task_names(source) if source is not None else []
    assets = _noting(dataset.assets(), taken)
    is_sorted = source is not None and is_in_order(source, names, assets)
    deque(assets, maxlen=0)  # the ids of all tasks are known before the first is written
    writer = TaskWriter(context, losses, taken)

    def text_of(place: str, members: Sequence[LabelledAsset]) -> str:
        record = members[0].asset.record if dataset.format == NAME else None
        if record is None:
            return ",\n".join(writer.made(each) for each in members)
        if all(each.is_unedited for each in members):
            for each in members:
                writer.note(each.annotations)
            return record
        return rebuilt(record, place, members, writer)

    is_one_file = target.name is not None and len(names) > 1
    if source is not None and is_sorted and not is_one_file:
        _write_spliced(names, target, Splicer(source, dataset.assets(), dataset.leftovers(), text_of))
        return
    with target.create(target.name or "tasks.json") as stream:
        rest = [each.record for each in dataset.leftovers() if source is not None]
        texts = (text_of(place or "", members) for place, members in tasks_of(dataset.assets()))
        _write_list(stream, chain(texts, rest))
    if source is None:
        for leftover in dataset.leftovers():
            losses.tell("not_imported", "record", "The record could not be read before.", leftover.pointer)
        stem = f"{PurePosixPath(target.name).stem}." if target.name else ""
        write_text(target, f"{stem}labeling_interface.xml", writer.interface.text(dataset.labels()))


def _noting(assets: Iterator[LabelledAsset], taken: set[int]) -> Iterator[LabelledAsset]:
    """Yield assets; note the numbers of their tasks."""
    for each in assets:
        if isinstance(each.asset.external_id, int):
            taken.add(each.asset.external_id)
        yield each


def _write_spliced(names: Sequence[str], target: Target, splicer: Splicer) -> None:
    """Write each file of the source; new tasks go into a file of their own where there are several."""
    for place, name in enumerate(names):
        if not splicer.is_empty(name):
            with target.create(target.name or name) as stream:
                splicer.write(name, stream, is_last=place == len(names) - 1)
    rest = list(splicer.remaining())
    if rest:
        with target.create("new_tasks.json") as stream:
            _write_list(stream, rest)


def _write_list(stream: IO[bytes], texts: Iterable[str]) -> None:
    stream.write(b"[")
    for number, text in enumerate(texts):
        stream.write(b",\n" if number else b"\n")
        stream.write(text.encode())
    stream.write(b"\n]\n")
