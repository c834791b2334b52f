"""Writer of MOTChallenge: a folder for each sequence, `gt/gt.txt` for ground truth, `det/det.txt` for other layers.

Unedited rows keep their text, and their order. Annotations that lie on no frame are told.
"""

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.target import Target, write_text
from foveal.formats.base.geometry.writing import DEFAULT_LAYER, box_px, leave_out, safe_path, sides_of, tell_rest
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset, FormatError, Label, NotImported
from foveal.formats.base.model.loss import LossReport
from foveal.formats.mot.reader import OPTION_PIXELS
from foveal.formats.mot.rows import CLASSES, PREDICTIONS, row_of

_HELD: Final = frozenset(
    {
        *("label", "frame_index", "track_id", "field", "confidence", "ignore", "attributes", "rotation"),
        *("rings", "rings_px", "keypoints", "mask", "ellipse", "ellipse_px", "cuboid", "cuboid_px"),
    }
)


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set as MOTChallenge. Raises FormatError when it needs several files and the target is one."""
    writer = _Writer(dataset, target, context, losses)
    for name, text in dataset.sections().items() if writer.is_own and target.name is None else ():
        write_text(target, name, text)
    for labelled in dataset.assets():
        writer.add(labelled)


class _Writer:
    def __init__(self, dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
        self.is_own = dataset.format == "mot"
        self._source = dataset.source if self.is_own else None
        self._target, self._context, self._losses = target, context, losses
        self._labels = dataset.labels()
        self._classes = _class_ids(self._labels, is_own=self.is_own)
        self._names: set[str] = set()

    def add(self, labelled: LabelledAsset) -> None:
        files: dict[str, list[Annotation | NotImported]] = defaultdict(list)
        items: list[Annotation | NotImported] = [*labelled.annotations]
        if self.is_own:
            items += labelled.leftovers
        for each in items:
            files[self._file_of(each, labelled.asset)].append(each)
        files.pop("", None)
        if not files and labelled.asset.labelled:
            own = (labelled.asset.pointer or "").rpartition("#")[0] if self.is_own else ""
            files[own or f"{self._folder(labelled.asset)}/gt/gt.txt"] = []
        if not self.is_own and labelled.asset.frame_count is None and not any(files.values()):
            why = "MOTChallenge has files of sequences alone: an image that has no rows is not named."
            self._losses.tell("no_place", "labelled", why, labelled.asset.file_name)
            return
        tracks = _track_ids(labelled.annotations, self._losses)
        for name, content in files.items():
            if labelled.is_unedited and self._copied(name, content):
                continue
            lines = self._lines(content, labelled.asset, tracks)
            self._create(name, "".join(lines))
        if not self.is_own and self._target.name is None and files:
            self._describe(labelled.asset)

    def _file_of(self, item: Annotation | NotImported, asset: Asset) -> str:
        """Return the name of the file that an item goes to; empty when it is told instead."""
        source = item.pointer.rpartition("#")[0]
        if isinstance(item, NotImported) or (item.format == "mot" and item.record is not None):
            return source if ".." not in PurePosixPath(source).parts and source else self._target.name or "gt/gt.txt"
        if item.body.get("frame_index") is None or item.body.get("outside"):
            leave_out(item, self._losses, "A row of MOTChallenge is a box on a frame that it can be seen on.")
            return ""
        if box_px(item.body, sides_of(asset, self._context)) is None:
            leave_out(item, self._losses, "MOTChallenge has boxes in pixels only: it has none.")
            return ""
        kind = "gt" if item.body.get("field") == DEFAULT_LAYER else "det"
        known = (asset.pointer or "").rpartition("#")[0] if self.is_own else ""
        folder = (
            PurePosixPath(known).parent.parent.as_posix() if PurePosixPath(known).parent.name in ("gt", "det") else ""
        )
        return f"{folder or self._folder(asset)}/{kind}/{kind}.txt" if self._target.name is None else self._target.name

    def _copied(self, name: str, items: Sequence[Annotation | NotImported]) -> bool:
        """Copy the file of the source as it stands, where it is at hand."""
        if self._source is None:
            return False
        own = name if name in self._source.names() else self._source.main
        if own is None:
            return False
        self._losses.written += sum(isinstance(each, Annotation) for each in items)
        with self._source.open(own) as source, self._target.create(self._only(name)) as stream:
            shutil.copyfileobj(source, stream)
        return True

    def _lines(self, items: Sequence[Annotation | NotImported], asset: Asset, tracks: Mapping[str, int]) -> list[str]:
        """Return the lines of a file: those of the source in their order, then the new ones by frame."""
        own, new = list[tuple[int, str]](), list[tuple[int, int, str]]()
        for at, each in enumerate(items):
            line = each.pointer.rpartition("#")[2].removeprefix("L")
            is_own = each.record is not None and (isinstance(each, NotImported) or each.format == "mot")
            if isinstance(each, NotImported) or (is_own and not each.is_edited):
                text = each.record or ""
            else:
                text = self._row(each, asset, tracks)
            self._losses.written += isinstance(each, Annotation)
            text = text if text.endswith("\n") else f"{text}\n"
            if is_own and line.isdecimal():
                own.append((int(line), text))
            else:
                frame = each.body.get("frame_index", 0) if isinstance(each, Annotation) else 0
                new.append((frame, at, text))
        return [text for _, text in sorted(own)] + [text for _, _, text in sorted(new)]

    def _row(self, annotation: Annotation, asset: Asset, tracks: Mapping[str, int]) -> str:
        body, tell = annotation.body, self._losses.tell
        box = box_px(body, sides_of(asset, self._context)) or [0, 0, 0, 0]
        is_truth = body.get("field") == DEFAULT_LAYER
        if body["type"] not in ("detection", "track"):
            why = "MOTChallenge has boxes only: the box around the shape is written."
            tell("box_of_shape", body["type"], why, annotation.pointer)
        elif body.get("rotation"):
            why = "MOTChallenge has upright boxes only: the one around it is written."
            tell("box_of_shape", "rotation", why, annotation.pointer)
        if not is_truth and body.get("field") != PREDICTIONS:
            tell("no_place", "field", "Layers other than ground truth go to det/det.txt.", annotation.pointer)
        if not is_truth and body.get("label"):
            tell("no_place", "label", "Rows of det/det.txt have no class.", annotation.pointer)
        for name in body.get("attributes") or {}:
            if name != "visibility" or not is_truth:
                tell("no_place", f"attributes.{name}", "MOTChallenge has no place for attributes.", annotation.pointer)
        tell_rest(annotation, _HELD, self._losses, "MOTChallenge")
        stated = asset.extra.get(OPTION_PIXELS) if self.is_own else None
        base = int(stated if stated is not None else self._context.option(OPTION_PIXELS, ("0", "1")) or 0)
        track = tracks.get(body.get("track_id") or "", -1)
        class_id = self._classes.get(body.get("label") or "")
        return row_of(body, box, track, class_id, is_truth=is_truth, pixel_base=base)

    def _describe(self, asset: Asset) -> None:
        """Write `seqinfo.ini`, and the names of classes where they are not those of the challenge."""
        folder, sides = self._folder(asset), sides_of(asset, self._context)
        if asset.frame_count is not None and sides is not None:  # readers want all members, or no file
            lines = ["[Sequence]", f"name={PurePosixPath(folder).name}", "imDir=img1", "frameRate=-1"]
            lines += [f"seqLength={asset.frame_count}", f"imWidth={round(sides[0])}", f"imHeight={round(sides[1])}"]
            write_text(self._target, f"{folder}/seqinfo.ini", "".join(f"{line}\n" for line in (*lines, "imExt=.jpg")))
        if any(CLASSES.get(number) != name for name, number in self._classes.items()):
            names = sorted(self._classes, key=lambda name: self._classes[name])
            write_text(
                self._target, f"{folder}/gt/labels.txt", "".join(f"{' '.join(name.split())}\n" for name in names)
            )

    def _create(self, name: str, text: str) -> None:
        with self._target.create(self._only(name)) as stream:
            stream.write(text.encode())

    def _only(self, name: str) -> str:
        """Return the name to write; a target of one file takes one."""
        if self._target.name is None:
            return name
        if self._names:
            raise FormatError("not_one_file", "Several files are needed: name a folder or an archive.")
        self._names.add(name)
        return self._target.name

    def _folder(self, asset: Asset) -> str:
        path = safe_path(asset.file_name)
        stem, dot, suffix = path.rpartition(".")
        return stem if dot and "/" not in suffix and len(suffix) < 6 else path


def _class_ids(labels: Sequence[Label], *, is_own: bool) -> Mapping[str, int]:
    """Return the numbers of classes: those of the file, those of the challenge where it has them all, else 1, 2, …"""
    numbers = {name: number for number, name in CLASSES.items()}
    if is_own:
        return {each.name: number for each in labels for number in _own_ids(each)}
    if all(each.name in numbers for each in labels):
        return {each.name: numbers[each.name] for each in labels}
    return {name: at for at, name in enumerate(dict.fromkeys(each.name for each in labels), 1)}


def _own_ids(label: Label) -> Sequence[int]:
    return [each for each in label.external_ids.get("mot", ()) if isinstance(each, int)][:1]


def _track_ids(annotations: Sequence[Annotation], losses: LossReport) -> Mapping[str, int]:
    """Return a number for each track: its own where it is one, else the next that is free."""
    names = dict.fromkeys(str(each.body["track_id"]) for each in annotations if each.body.get("track_id"))
    found = {name: int(name) for name in names if name.isdecimal() and name.isascii() and len(name) < 10}
    found = {name: number for name, number in found.items() if str(number) == name}
    free = max(found.values(), default=0) + 1
    for name in names:
        if name not in found:
            losses.tell(
                "no_place", "track_id", "Tracks of MOTChallenge are numbers: the next free one is written.", name
            )
            found[name] = free
            free += 1
    return found
