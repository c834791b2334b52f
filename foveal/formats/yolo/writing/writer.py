"""Writer of YOLO data sets: label files in folders of splits, lists of images, `data.yaml`.

A data set that came from YOLO keeps its files: those that nobody edited go out as they stood, an edited one keeps the
rows that nobody edited. Any other gets `labels/SPLIT/…`, with `SPLIT.txt` for the images, labelled or not.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Final

from foveal.formats.base.files.target import Target, write_text
from foveal.formats.base.model.context import AssetFacts, Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset, FormatError, NotImported
from foveal.formats.base.model.loss import LossReport
from foveal.formats.yolo.classes import FORMAT_NAME
from foveal.formats.yolo.description import TASKS, Description, KptShape, parse_kpt_shape
from foveal.formats.yolo.files import label_places
from foveal.formats.yolo.questions import OPTION_KPT_SHAPE, OPTION_SIXTH, OPTION_TASK, SIXTH_CHOICES
from foveal.formats.yolo.writing.described import data_yaml, kept
from foveal.formats.yolo.writing.numbering import Numbering
from foveal.formats.yolo.writing.paths import Paths
from foveal.formats.yolo.writing.rows import RowWriter
from foveal.formats.yolo.writing.stream import write_stream
from foveal.formats.yolo.writing.task import Contents, contents

_LINE: Final = re.compile(r"(?:^|#)L([0-9]{1,9})$")
_LAST: Final = 10**9


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set. Raises FormatError for a target of one file that several would have to go into."""
    found = contents(dataset.heads())
    numbering = Numbering(dataset.labels(), found.labels)
    description = kept(dataset, numbering)
    task = context.option(OPTION_TASK, TASKS) or (description.task if description else None) or found.proposed()
    names = {label.name: list(label.skeleton["names"]) for label in dataset.labels() if label.skeleton}
    rows = RowWriter(
        task,
        numbering,
        losses,
        _kpt_shape(context, description, found, names),
        names,
        context.option(OPTION_SIXTH, SIXTH_CHOICES),
    )
    writer = _Writer(dataset, target, context, rows)
    name = target.name or ("data.ndjson" if task == "classify" else "")
    if name.lower().endswith(".ndjson"):
        writer.stream(name)
    elif name:
        writer.one_file(name)
    elif description is not None:
        writer.kept()
    else:
        writer.new()


def _kpt_shape(
    context: Context, description: Description | None, found: Contents, names: dict[str, list[str]]
) -> KptShape:
    if stated := context.option(OPTION_KPT_SHAPE):
        return parse_kpt_shape(stated.strip("[] ").split(","), "--option kpt_shape")
    if description is not None and description.kpt_shape is not None:
        return description.kpt_shape
    return max((max(count, len(names.get(name, ()))) for name, count in found.keypoints.items()), default=0), 3


class _Writer:
    def __init__(self, dataset: Dataset, target: Target, context: Context, rows: RowWriter) -> None:
        self._dataset, self._target, self._context, self._rows = dataset, target, context, rows
        self._losses = rows.losses

    def kept(self) -> None:
        """Write the files of a YOLO data set under the names that they had."""
        for name, text in sorted(self._dataset.sections().items()):
            write_text(self._target, name, text)
        for each in self._dataset.assets():
            self._label_file(each, self._file_of(each.asset) or label_places(each.asset.file_name)[0])

    def new(self) -> None:
        """Write label files by split, and the lists and the description around them."""
        self._tell_the_rest()
        paths = Paths(self._losses)
        with ExitStack() as stack:
            lists: dict[str, IO[bytes]] = {}
            for each in self._dataset.assets():
                split, path, suffix = paths.of(each.asset)
                if split not in lists:
                    lists[split] = stack.enter_context(self._target.create(f"{split}.txt"))
                lists[split].write(f"./images/{split}/{path}{suffix}\n".encode())
                self._label_file(each, f"labels/{split}/{path}.txt")
        splits = {split: f"{split}.txt" for split in sorted(lists)}
        shape = self._rows.kpt_shape if self._rows.task == "pose" and self._rows.kpt_shape[0] else None
        flips = (label.extra.get("flip_idx") for label in self._dataset.labels())
        flip = next((each for each in flips if isinstance(each, list) and shape and len(each) == shape[0]), None)
        text = data_yaml(self._rows.numbering, splits, shape, self._rows.keypoint_names, flip)
        write_text(self._target, "data.yaml", text)

    def stream(self, name: str) -> None:
        """Write one NDJSON file, the only one that holds classes of whole images without the images."""
        self._tell_the_rest()
        write_stream(self._dataset, self._target, name, self._rows, self._facts)

    def one_file(self, name: str) -> None:
        """Write the rows of a data set of one image to the file that the caller named."""
        assets = self._dataset.assets()
        each, another = next(assets, None), next(assets, None)
        if each is None or another is not None or not name.lower().endswith(".txt"):
            raise FormatError(
                "not_one_file",
                f"A YOLO data set is several files: name a folder, a .zip, a .tar or a .ndjson, not {name}.",
            )
        self._label_file(each, name)

    def _label_file(self, each: LabelledAsset, name: str) -> None:
        if each.is_unedited and self._file_of(each.asset) and each.asset.record is not None:
            self._losses.written += len(each.annotations)
            write_text(self._target, name, each.asset.record)
            return
        if each.asset.extra:
            why = "A label file holds rows, nothing else."
            self._losses.tell("asset_not_held", "asset.extra", why, each.asset.file_name)
        lines = list(self._lines(each, self._facts(each.asset)))
        if lines or each.asset.labelled:
            write_text(self._target, name, "".join(f"{line}\n" for line in lines))

    def _lines(self, each: LabelledAsset, facts: AssetFacts | None) -> Iterator[str]:
        """Yield the rows of an asset in the order of its file, new ones last; unedited ones as they stood."""
        placed: list[tuple[int, list[str]]] = []
        has_file = self._file_of(each.asset) is not None
        for annotation in each.annotations:
            if has_file and annotation.format == FORMAT_NAME and annotation.record and not annotation.is_edited:
                self._losses.written += 1
                placed.append((_line(annotation), [annotation.record]))
            else:
                placed.append((_line(annotation), self._rows.rows(annotation, facts)))
        for left in each.leftovers:
            if has_file and each.asset.record is not None:
                placed.append((_line(left), [left.record]))
            else:
                why = "Records that were not imported are not written."
                self._losses.tell("not_imported", "record", why, left.pointer)
        for _, lines in sorted(placed, key=lambda part: part[0]):
            yield from lines

    def _facts(self, asset: Asset) -> AssetFacts | None:
        stated = AssetFacts(asset.width, asset.height) if asset.width and asset.height else None
        return self._context.facts_of(asset.file_name) or stated

    def _file_of(self, asset: Asset) -> str | None:
        """Return the label file that an asset came from, None where it came from anything else."""
        is_file = self._dataset.format == FORMAT_NAME and (asset.pointer or "").lower().endswith(".txt")
        return asset.pointer if is_file else None

    def _tell_the_rest(self) -> None:
        """Tell what neither a label file nor `data.yaml` holds."""
        for name in sorted(self._dataset.sections()) if self._dataset.format != FORMAT_NAME else ():
            self._losses.tell("section_not_held", "section", "YOLO has no place for it.", name)
        for left in self._dataset.leftovers():
            self._losses.tell("not_imported", "record", "Records that were not imported are not written.", left.pointer)
        for number in self._rows.numbering.gaps if self._target.name is None else ():
            why = "data.yaml names every number up to the largest: this class is named by its number."
            self._losses.tell("class_added", "label", why, str(number))
        for label in self._dataset.labels():
            held = {"flip_idx"} if self._rows.task == "pose" else set()
            given = {
                "color": label.color,
                "supercategory": label.supercategory,
                "isthing": label.isthing,
                "attributes": label.attributes,
                "skeleton": label.skeleton and (self._rows.task != "pose" or label.skeleton.get("edges")),
                "extra": label.extra.keys() - held,
            }
            for name, value in given.items():
                if value or value is False:
                    self._losses.tell("label_not_held", f"label.{name}", "data.yaml holds names alone.", label.name)


def _line(item: Annotation | NotImported) -> int:
    """Return the line of a record in its label file; new ones come last."""
    found = _LINE.search(item.pointer)
    return int(found[1]) if found else _LAST
