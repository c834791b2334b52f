"""PNG files of segments of Pascal VOC: `SegmentationObject` has the number of an object at each pixel, in the order of
the objects of the XML file, `SegmentationClass` the index of its class; 0 is background, 255 void.

Source: VOC2012 devkit, `devkit_doc.pdf`, section 5. Files with a palette and grey ones hold indices; in coloured ones
the colour stands for the index (CVAT, Datumaro). Classes have the names of `labelmap.txt`, or of the XML file.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from foveal.formats.base.files.mask_png import row_runs
from foveal.formats.base.files.png import Picture, PngError, decode
from foveal.formats.base.files.source import Source, pointer, read_bytes, read_text
from foveal.formats.base.model.context import Context, ask
from foveal.formats.base.model.items import Annotation, FileWarning, FormatError, Item, NotImported, Section
from foveal.formats.voc.colors import BACKGROUND, CLASSES, COLORS, INDICES, VOID, Color, read_label_map
from foveal.formats.voc.layout import CLASS, MASKS, OBJECT

OPTION_CLASSES: Final = "mask_classes"
PNG: Final = "segmentation_png"
"""Member of `extra` of an asset: its PNG files by name, in base 64."""
LABEL_MAP: Final = "labelmap.txt"
MAX_PNG_BYTES: Final = 16 * 2**20
MAX_SAMPLES: Final = 2**26
MAX_COLORS: Final = 256


@dataclass(slots=True)
class Plane:
    """A picture with one byte a pixel, down its columns; `numbers` are the indices that the bytes stand for.

    A number is None where a colour is not in the colour map of VOC.
    """

    width: int
    height: int
    pixels: bytes
    colors: Mapping[int, Color]
    numbers: Mapping[int, int | None]

    @classmethod
    def of(cls, picture: Picture) -> "Plane":
        """Return the plane of a picture. Raises PngError for one of more than 256 colours."""
        samples, channels = picture.samples, picture.channels
        if picture.palette is not None or channels < 3:
            plane, palette = samples[::channels], picture.palette
            values = sorted(set(plane))
            colors = {
                each: (*palette[3 * each : 3 * each + 3].ljust(3, b"\0"),) if palette else COLORS[each]
                for each in values
            }
            numbers: dict[int, int | None] = {each: each for each in values}
        else:
            plane, colors = _coded(picture)
            numbers = {code: INDICES.get(color) for code, color in colors.items()}
        width = picture.width
        columns = b"".join(plane[column::width] for column in range(width))
        return cls(width, picture.height, columns, colors, numbers)

    def segments(self) -> list[int]:
        """Return the bytes of segments, by their number; background and void are none."""
        found = [code for code, number in self.numbers.items() if number not in (BACKGROUND, VOID)]
        return sorted(found, key=lambda code: (self.numbers[code] is None, self.numbers[code], code))

    def mask(self, code: int) -> dict[str, Any]:
        """Return the pixels of one byte as a mask."""
        bits = self.pixels.translate(bytes(each == code for each in range(256)))
        runs = row_runs(Picture(self.height, self.width, 1, bits))
        return {"encoding": "coco_rle", "size": [self.height, self.width], "counts": runs}

    def most_frequent(self, mask: Mapping[str, Any]) -> int | None:
        """Return the byte that most pixels of a mask have here but background and void, or None."""
        counter, position = Counter[int](), 0
        for index, run in enumerate(mask["counts"]):
            if index % 2:
                counter.update(self.pixels[position : position + run])
            position += run
        found = [code for code, _ in counter.most_common() if self.numbers[code] not in (BACKGROUND, VOID)]
        return found[0] if found else None


def _coded(picture: Picture) -> tuple[bytes, dict[int, Color]]:
    """Return a byte for each pixel of a coloured picture, and the colour of each byte. Raises PngError."""
    codes: dict[Color, int] = {}
    rows, channels, step = list[bytes](), picture.channels, picture.width * picture.channels
    for start in range(0, len(picture.samples), step):
        row = picture.samples[start : start + step]
        found = zip(row[::channels], row[1::channels], row[2::channels], strict=True)
        numbers = [codes.setdefault(color, len(codes)) for color in found]
        if len(codes) > MAX_COLORS:
            raise PngError(f"it has more than {MAX_COLORS} colours, each of which would be a segment")
        rows.append(bytes(numbers))
    return b"".join(rows), {code: color for color, code in codes.items()}


@dataclass
class Segments:
    """The PNG files of one image."""

    source: Source
    names: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """The bytes of the files by kind; one that is too large is a problem."""
        found = {}
        for kind, name in self.names.items():
            try:
                found[kind] = read_bytes(self.source, name, MAX_PNG_BYTES)
            except FormatError as error:
                self.problems[kind] = error.message
        return found

    @cached_property
    def planes(self) -> dict[str, Plane]:
        """The pictures by kind; one that cannot be read is a problem."""
        found = {}
        for kind, content in self.contents.items():
            try:
                found[kind] = Plane.of(decode(content, MAX_SAMPLES))
            except PngError as error:
                self.problems[kind] = str(error)
        return found

    def numbers(self) -> set[int]:
        """Return the numbers of objects that have pixels."""
        plane = self.planes.get(OBJECT)
        return {number for number in plane.numbers.values() if number} - {VOID} if plane else set()

    def extra(self) -> dict[str, Any]:
        """Return the files as members of the asset, from which an unedited image is written."""
        contents = {self.names[kind]: b64encode(content).decode() for kind, content in self.contents.items()}
        return {PNG: contents} if contents else {}


class MaskReader:
    """Reads the PNG files of a source, image by image."""

    def __init__(self, source: Source, context: Context) -> None:
        self._source = source
        self._files: dict[str, dict[str, str]] = {}
        for name in source.names():
            if match := MASKS.search(name):
                self._files.setdefault(match[2], {})[match[1]] = name
        self._map_name = next((each for each in source.names() if f"/{each}".endswith(f"/{LABEL_MAP}")), None)
        self._answer = context.option(OPTION_CLASSES, ("voc", "none"))
        self._label_map: dict[Color, str] | None = None
        self._is_asked = False

    def sections(self) -> Iterator[Section]:
        """Yield the label map, and read it."""
        if self._map_name is not None:
            text = read_text(self._source, self._map_name, keep_mark=True)
            self._label_map = read_label_map(text)
            yield Section(self._map_name, text)

    def images(self) -> Iterator[str]:
        """Yield the ids of images that have such files."""
        yield from self._files

    def of(self, identifier: str) -> Segments:
        """Return the files of an image, which may have none."""
        return Segments(self._source, self._files.get(identifier, {}))

    def items(self, segments: Segments, asset: str, objects: Sequence[tuple[str, str | None]]) -> Iterator[Item]:
        """Yield the masks of an image; `objects` are path and name of the objects of its XML file, in their order."""
        planes = segments.planes
        for kind, problem in segments.problems.items():
            name = segments.names[kind]
            yield NotImported(pointer(self._source, name, "/"), f"the PNG is not read: {problem}", "", asset)
        classes = planes.get(CLASS)
        if OBJECT not in planes:
            yield from self._semantic(segments, asset, classes) if classes else ()
            return
        plane, name = planes[OBJECT], segments.names[OBJECT]
        if classes and (classes.width, classes.height) != (plane.width, plane.height):
            yield FileWarning("other_size", f"{segments.names[CLASS]} has other sides than {name}: not read.", name)
            classes = None
        for code in plane.segments():
            number, mask = plane.numbers[code], plane.mask(code)
            place = pointer(self._source, name, f"{number if number is not None else plane.colors[code]}")
            if number is None:
                why = f"the colour {plane.colors[code]} is not in the colour map of VOC, whose order numbers objects"
                yield NotImported(place, why, "", asset)
                continue
            body: dict[str, Any] = {"type": "mask", "field": "ground_truth", "mask": mask}
            label = None
            if number <= len(objects):
                body["instance_id"], label = objects[number - 1]
                yield from self._difference(label, classes, mask, place)
            elif classes and (at := classes.most_frequent(mask)) is not None:
                if self._label_map is None and self._answer is None:
                    yield from self._unanswered(place, asset)
                    continue
                label = self._label(classes, at)
            yield Annotation(asset, body | ({"label": label} if label else {}), place, "", "voc")

    def _semantic(self, segments: Segments, asset: str, plane: Plane) -> Iterator[Item]:
        """Yield a mask for each class of an image without numbers of objects."""
        for code in plane.segments():
            place = pointer(self._source, segments.names[CLASS], f"{plane.numbers[code] or plane.colors[code]}")
            if self._label_map is None and self._answer is None:
                yield from self._unanswered(place, asset)
                continue
            label = self._label(plane, code)
            body = {"type": "segmentation", "field": "ground_truth", "mask": plane.mask(code)}
            yield Annotation(asset, body | ({"label": label} if label else {}), place, "", "voc")

    def _difference(
        self, label: str | None, classes: Plane | None, mask: Mapping[str, Any], place: str
    ) -> Iterator[FileWarning]:
        """Warn where the PNG of classes says another class than the XML file, which wins."""
        at = classes.most_frequent(mask) if classes else None
        painted = self._label(classes, at) if classes and at is not None else None
        if painted is not None and painted != label:
            message = f"The XML file says {label!r}, the PNG of classes {painted!r}: the XML file is taken."
            yield FileWarning("other_class", message[:500], place)

    def _label(self, plane: Plane, code: int) -> str | None:
        """Return the class of a byte by the label map, else by the order of VOC's classes where that was answered."""
        if self._label_map is not None:
            return self._label_map.get(plane.colors[code])
        number = plane.numbers[code]
        return CLASSES[number - 1] if self._answer == "voc" and number and number <= len(CLASSES) else None

    def _unanswered(self, place: str, asset: str) -> Iterator[Item]:
        if not self._is_asked:
            self._is_asked = True
            message = "There is no labelmap.txt: are the indices of SegmentationClass the 20 classes of VOC2012?"
            yield ask(OPTION_CLASSES, message, ("voc", "none"), "voc", place)
        yield NotImported(place, f"the answer to {OPTION_CLASSES} is needed", "", asset)
