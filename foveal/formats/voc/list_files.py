"""Lists of `ImageSets/Main` of a data set that is written: those of the source stay as they are while they are true."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from foveal.formats.base.geometry.writing import leave_out, tell_rest
from foveal.formats.base.model.dataset import LabelledAsset
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.voc.layout import LISTS, NO_SPLIT, image_id, splits_of
from foveal.formats.voc.lists import ABSENT_LAYER, UNION, is_class_list, is_union, list_lines

_FOLDER: Final = "ImageSets/Main/"
_HELD: Final = frozenset(["label", "difficult", "confidence", "field"])


class ListFiles:
    """Values of images by list; the value is empty in the list of a split."""

    def __init__(self, sections: Mapping[str, str]) -> None:
        self._sections = {name: text for name, text in sections.items() if LISTS.search(name)}
        self._root = next((name[: name.index("ImageSets/")] for name in self._sections), "")
        self._lists: dict[str, dict[str, str]] = {}
        self._is_needed, self._is_unedited = False, True
        self._ids: set[str] = set()

    def add(self, name: str, labelled: LabelledAsset, classes: Sequence[Annotation], losses: LossReport) -> None:
        """Add an image by the name of its XML file, with its splits and its classes."""
        asset = labelled.asset
        identifier = image_id(name)
        if self._sections and isinstance(asset.external_id, str):
            identifier = asset.external_id
        self._is_unedited &= labelled.is_unedited
        self._ids.add(identifier)
        splits = list(asset.extra.get("splits") or ())
        if asset.split not in splits:
            splits = [asset.split or NO_SPLIT]
        says_more = splits != (splits_of(identifier, ()) or [NO_SPLIT])
        self._is_needed |= says_more or not asset.labelled or bool(classes)
        for split in splits:
            self._list(f"{self._root}{_FOLDER}{_safe(split)}.txt")[identifier] = ""
        for each in classes:
            self._classify(identifier, splits[0], each, losses)

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the text of each list."""
        for name, text in self._sections.items():
            match = LISTS.search(name)
            has_values = is_class_list(text)
            made = self._lists.pop(name, {})
            is_other = match is not None and match[1] != "Main"
            is_whole = is_union(name, self._sections) or (not has_values and name.endswith(f"/{UNION}.txt"))
            stated = {each: value for _, each, value, _ in list_lines(text, has_values=has_values)}
            is_true = stated == made or (self._is_unedited and stated.keys() <= self._ids)
            yield name, text if is_other or is_whole or is_true else _text(made)
        if self._is_needed:
            for name, made in self._lists.items():
                if not (self._sections and name.endswith(f"/{NO_SPLIT}.txt")):
                    yield name, _text(made)

    def _classify(self, identifier: str, split: str, annotation: Annotation, losses: LossReport) -> None:
        body = annotation.body
        label, confidence = body["label"], body.get("confidence")
        name, _, line = annotation.pointer.rpartition("#")
        if not (annotation.format == "voc" and LISTS.search(name)) or not line:
            name = f"{self._root}{_FOLDER}{_safe(label)}_{_safe(split)}.txt"
        if _safe(label) != label:
            leave_out(annotation, losses, "The name of the class cannot be the name of a list of Pascal VOC.")
            return
        value = "1"
        if body.get("field") == ABSENT_LAYER or confidence == 0:
            value = "-1"
        elif body.get("difficult"):
            value = "0"
        elif confidence not in (None, 1):
            losses.tell("no_place", "confidence", "Lists of Pascal VOC say 1, 0 or -1.", annotation.pointer)
        if body.get("field") not in (ABSENT_LAYER, "ground_truth"):
            losses.tell("no_place", "field", "Pascal VOC has one layer.", annotation.pointer)
        tell_rest(annotation, _HELD, losses, "A list of Pascal VOC")
        losses.written += 1
        self._list(name)[identifier] = value

    def _list(self, name: str) -> dict[str, str]:
        return self._lists.setdefault(name, {})


def _text(lines: Mapping[str, str]) -> str:
    return "".join(f"{each} {value:>2}\n" if value else f"{each}\n" for each, value in lines.items())


def _safe(name: str) -> str:
    return "".join("_" if each in '/\\:*?"<>|' or each < " " else each for each in name).strip(". ") or NO_SPLIT
