"""Writer of KITTI object labels: a text file for each labelled image, lists of `ImageSets` where there are splits.

Unedited files go out as they came in; in an edited file only the rows that changed. Edited tracklets are told.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from foveal.formats.base.files.numbers import NotANumber
from foveal.formats.base.files.target import FilePerAsset, Target
from foveal.formats.base.geometry.writing import Sides, box_px, leave_out, safe_path, sides_of, tell_rest
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Annotation, Asset
from foveal.formats.base.model.loss import LossReport
from foveal.formats.kitti.reader import LISTS
from foveal.formats.kitti.rows import DONT_CARE, bodies, is_said, row_of

_HELD: Final = frozenset(
    ["label", "confidence", "ignore", "truncated", "occluded", "attributes", "box3d", "instance_id", "rotation"]
)
_GEOMETRY: Final = frozenset(["rings", "rings_px", "keypoints", "mask", "ellipse", "ellipse_px", "cuboid", "cuboid_px"])
_ATTRIBUTES: Final = frozenset(["truncation", "occlusion", "alpha"])
_WHOLES: Final = frozenset(["detection", "cuboid_3d"])


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write a data set as KITTI. Raises FormatError when it needs several files and the target is one."""
    writer = _Writer(dataset, target, context, losses)
    for labelled in dataset.assets():
        writer.add(labelled)
    writer.close()


class _Writer:
    def __init__(self, dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
        self._is_own = dataset.format == "kitti"
        self._sections = dataset.sections() if self._is_own else {}
        self._target, self._context, self._losses = target, context, losses
        self._files = FilePerAsset(target, "KITTI")
        self._stems: set[str] = set()
        self._is_unedited = True
        self._splits: dict[str, list[str]] = defaultdict(list)

    def add(self, labelled: LabelledAsset) -> None:
        asset = labelled.asset
        record = asset.record if self._is_own else None
        name = self._name_of(asset)
        stem = asset.external_id if self._is_own and isinstance(asset.external_id, str) else PurePosixPath(name).stem
        self._is_unedited &= labelled.is_unedited
        self._stems.add(stem)
        if asset.split is not None:
            self._splits[asset.split].append(stem)
        if not asset.labelled and not labelled.annotations:
            if asset.split is None:
                why = "KITTI has no file for an image that is not labelled: it is not named."
                self._losses.tell("no_place", "labelled", why, asset.file_name)
            return
        if record is not None and labelled.is_unedited:
            self._losses.written += len(labelled.annotations)
            content = record.encode()
        elif name.endswith(".xml"):
            for each in labelled.annotations:
                leave_out(each, self._losses, "Edited tracklets are not written: only unedited ones are.")
            return
        elif record is not None:
            content = self._edited(labelled, record).encode()
        else:
            rows = self._rows(labelled.annotations, sides_of(asset, self._context))
            content = "".join(f"{row}\n" for row in rows).encode()
        self._files.create(name, content)

    def close(self) -> None:
        """Write the lists of images."""
        lists = {match[1]: name for name in self._sections if (match := LISTS.search(name))}
        for split in dict.fromkeys([*lists, *self._splits]):
            name, stems = lists.get(split), self._splits.get(split, [])
            text = self._sections[name] if name else ""
            stated = set(text.removeprefix("\ufeff").split())
            if stated != set(stems) and not (name and self._is_unedited and stated <= self._stems):
                text = "".join(f"{stem}\n" for stem in stems)
            if self._target.name is None:
                self._files.create(name or f"ImageSets/{safe_path(split).replace('/', '_')}.txt", text.encode())
            else:
                self._losses.tell("no_place", "split", "One file has no lists of images.", split)

    def _name_of(self, asset: Asset) -> str:
        source = (asset.pointer or "").rpartition("#")[0]
        if self._is_own and source and ".." not in PurePosixPath(source).parts and not source.startswith("/"):
            return source
        path = safe_path(asset.file_name)
        stem, dot, suffix = path.rpartition(".")
        name = f"label_2/{stem if dot and '/' not in suffix else path}.txt"
        return name if name not in self._files else f"label_2/{path}.txt"

    def _edited(self, labelled: LabelledAsset, record: str) -> str:
        """Return the text of a file with the rows that changed in place of those that stood there."""
        sides = sides_of(labelled.asset, self._context)
        by_place: dict[str, list[Annotation]] = defaultdict(list)
        for each in labelled.annotations:
            is_own = each.format == "kitti" and each.record is not None
            by_place[each.pointer.rpartition("#")[2] if is_own else ""].append(each)
        kept = {each.pointer.rpartition("#")[2] for each in labelled.leftovers}
        end = "\r\n" if "\r\n" in record else "\n"
        lines: list[str] = []
        for at, line in enumerate(record.split("\n"), 1):
            group = by_place.pop(f"L{at}", [])
            whole = bool(group) and not any(each.is_edited for each in group) and len(group) == _count(line)
            if whole or f"L{at}" in kept:
                self._losses.written += len(group)
                lines.append(line.rstrip("\r"))
            else:
                lines += self._rows(group, sides)
        lines += self._rows([each for group in by_place.values() for each in group], sides)
        return "".join(f"{line}{end}" for line in lines)

    def _rows(self, annotations: Sequence[Annotation], sides: Sides | None) -> list[str]:
        """Return the rows of annotations; a box and a cuboid of one object share a row."""
        rows: list[str] = []
        pairs: dict[str, list[Annotation]] = defaultdict(list)
        for at, each in enumerate(annotations):
            shared = each.body.get("instance_id") if each.body["type"] in _WHOLES else None
            key = f"i{shared}" if shared else f"#{at}"
            if any(other.body["type"] == each.body["type"] for other in pairs.get(key, ())):
                key = f"#{at}"
            pairs[key].append(each)
        for group in pairs.values():
            rows += self._row(group, sides)
        return rows

    def _row(self, group: Sequence[Annotation], sides: Sides | None) -> list[str]:
        solid = next((each.body["box3d"] for each in group if each.body["type"] == "cuboid_3d"), None)
        flat = next((each for each in group if each.body["type"] != "cuboid_3d"), None)
        box = box_px(flat.body, sides) if flat else None
        if (box is None and solid is None) or any(each.body.get("frame_index") is not None for each in group):
            for each in group:
                leave_out(each, self._losses, "KITTI has no row for it: it has no box, or lies on a frame of a video.")
            return []
        self._losses.written += len(group)
        said = {name: value for each in reversed(group) for name, value in each.body.items()}
        said["attributes"] = {
            key: value for each in group for key, value in (each.body.get("attributes") or {}).items()
        }
        if len(group) == 1 and group[0].body.get("instance_id"):
            why = "An object of KITTI is a row: nothing else is told to be of it."
            self._losses.tell("no_place", "instance_id", why, group[0].pointer)
        for each in group:
            self._tell(each)
        for name in ("truncated", "occluded"):
            if not is_said(said, name):
                why = f"KITTI says how much is {name}: a value for not known is written."
                self._losses.tell("no_place", name, why, group[0].pointer)
        return [row_of(box, solid, said)]

    def _tell(self, annotation: Annotation) -> None:
        body, where, tell = annotation.body, annotation.pointer, self._losses.tell
        if body["type"] not in _WHOLES:
            tell("box_of_shape", body["type"], "KITTI has boxes only: the box around the shape is written.", where)
        elif body.get("rotation"):
            tell("box_of_shape", "rotation", "KITTI has upright boxes only: the one around it is written.", where)
        label = body.get("label") or ""
        if not label and not body.get("ignore"):
            tell("no_label", "label", "A row of KITTI has a type: Misc is written.", where)
        if "_".join(label.split()) != label:
            tell("characters", "label", "A type of KITTI has no blanks: _ stands for each.", where)
        if body.get("ignore") and label not in ("", DONT_CARE):
            tell("no_place", "ignore", f"KITTI marks a region to ignore by the type {DONT_CARE}.", where)
        if body.get("box3d") and (body["box3d"]["rotation"][0] or body["box3d"]["rotation"][2]):
            tell("no_place", "box3d", "A cuboid of KITTI turns about its vertical axis only.", where)
        for name in body.get("attributes") or {}:
            if name not in _ATTRIBUTES:
                tell("no_place", f"attributes.{name}", "KITTI has no place for attributes.", where)
        tell_rest(annotation, _HELD | _GEOMETRY, self._losses, "KITTI")


def _count(line: str) -> int:
    try:
        return len(bodies(line))
    except NotANumber:
        return -1
