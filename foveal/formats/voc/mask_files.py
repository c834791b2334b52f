"""PNG files of segments as they are written: masks painted by number of their object, and by index of their class."""

from collections.abc import Mapping, Sequence
from typing import Final

from foveal.encoding import rle
from foveal.formats.base.files.png import Picture, encode
from foveal.formats.base.geometry.masks import coco_runs
from foveal.formats.base.geometry.writing import Sides
from foveal.formats.base.model.dataset import Dataset
from foveal.formats.base.model.items import Annotation
from foveal.formats.base.model.loss import LossReport
from foveal.formats.voc.colors import CLASSES, INDICES, PALETTE, VOID, label_map, read_label_map
from foveal.formats.voc.layout import CLASS, OBJECT
from foveal.formats.voc.masks import LABEL_MAP

MAX_PIXELS: Final = 2**26


class Unpaintable(ValueError):
    """A mask that has no place in a PNG; the message is the reason."""


class ClassIndices:
    """The index of each class: those of the label map of the source, else of VOC, then the others in their order."""

    def __init__(self, dataset: Dataset) -> None:
        is_voc = dataset.format == "voc"
        sections = dataset.sections() if is_voc else {}
        self.file_name = next((each for each in sections if f"/{each}".endswith(f"/{LABEL_MAP}")), LABEL_MAP)
        self._text = sections.get(self.file_name)
        self._indices: dict[str, int] = {}
        if self._text is not None:
            colors = read_label_map(self._text).items()
            self._indices = {name: INDICES[color] for color, name in colors if INDICES.get(color)}
        elif is_voc:
            self._indices = {name: index for index, name in enumerate(CLASSES, 1)}
        self._given = len(self._indices)
        self.is_used = self._text is not None
        for label in dataset.labels():
            self._add(label.name)

    def of(self, label: str | None) -> int:
        """Return the index of a class, which a mask without one does not have. Raises Unpaintable."""
        if not label:
            raise Unpaintable("A mask without a class has no index among the classes of Pascal VOC.")
        self._add(label)
        if label not in self._indices:
            raise Unpaintable(f"PNG files of Pascal VOC have at most {VOID - 1} classes.")
        self.is_used = True
        return self._indices[label]

    def text(self) -> str:
        """Return the label map: that of the source while it has all classes."""
        if self._text is not None and len(self._indices) == self._given:
            return self._text
        names = {index: name for name, index in self._indices.items()}
        return label_map(names.get(index, f"unused_{index}") for index in range(1, max(names, default=0) + 1))

    def _add(self, label: str) -> None:
        free = max(self._indices.values(), default=0) + 1
        if label not in self._indices and free < VOID:
            self._indices[label] = free


class Canvas:
    """The two pictures of one image, down its columns."""

    def __init__(self, sides: Sides | None) -> None:
        if sides is None or sides[0] * sides[1] > MAX_PIXELS or sides != (round(sides[0]), round(sides[1])):
            raise Unpaintable("The sides of the image are not known, or it is too large for a PNG.")
        self._width, self._height = round(sides[0]), round(sides[1])
        self._objects, self._classes = (bytearray(self._width * self._height) for _ in range(2))
        self.has_objects = False

    def paint(self, annotation: Annotation, number: int, index: int, losses: LossReport) -> None:
        """Paint a mask under the number of its object, 0 for none, and the index of its class. Raises Unpaintable."""
        if number >= VOID:
            raise Unpaintable(f"PNG files of Pascal VOC have at most {VOID - 1} objects.")
        runs, position, is_hiding = self._runs(annotation), 0, False
        for place, run in enumerate(runs):
            if place % 2 and run:
                is_hiding = is_hiding or any(self._classes[position : position + run])
                self._classes[position : position + run] = bytes([index]) * run
                self._objects[position : position + run] = bytes([number]) * run
            position += run
        self.has_objects |= number > 0
        if is_hiding:
            why = "A pixel of a PNG has one segment: the later one hides the earlier one there."
            losses.tell("overlap", "mask", why, annotation.pointer)

    def files(self) -> Mapping[str, bytes]:
        """Return the PNG files by their folder."""
        found = {CLASS: self._png(self._classes)}
        return found | ({OBJECT: self._png(self._objects)} if self.has_objects else {})

    def _png(self, columns: bytearray) -> bytes:
        rows = b"".join(bytes(columns[row :: self._height]) for row in range(self._height))
        return encode(Picture(self._width, self._height, 1, rows, PALETTE))

    def _runs(self, annotation: Annotation) -> Sequence[int]:
        mask = annotation.body["mask"]
        height, width = mask["size"]
        if mask.get("counts") is None:
            raise Unpaintable("The runs of the mask are not at hand.")
        try:
            runs = rle.runs(mask["counts"], height * width)
            if mask["encoding"] == "cvat_rle":
                left, top = (round(value) for value in mask["bbox_px"][:2])
                return coco_runs(runs, (left, top, width, height), (self._height, self._width))
        except ValueError as error:
            raise Unpaintable(f"The mask cannot be written: {error}.") from error
        if (width, height) != (self._width, self._height):
            raise Unpaintable("The mask has other sides than its image.")
        return runs
