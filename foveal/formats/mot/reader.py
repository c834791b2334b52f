"""Reader of MOTChallenge: an asset for each sequence, a record for each row, line by line."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from foveal.formats.base.files.numbers import NotANumber
from foveal.formats.base.files.source import Source, pointer
from foveal.formats.base.model.context import Context, ask
from foveal.formats.base.model.fitting import fit
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, FormatError, Item, Label, NotImported
from foveal.formats.mot.rows import CLASSES, body_of
from foveal.formats.mot.sequences import TrackedSequence, first_frame, sequences

OPTION_PIXELS: Final = "pixel_base"
OPTION_FRAMES: Final = "frame_base"
MAX_LINE_BYTES: Final = 65_536


def read(source: Source, context: Context) -> Iterator[Item]:
    """Yield the items of MOTChallenge files. Raises FormatError when there are none, or a line is too long."""
    reader = _Reader(source, context)
    is_empty = True
    for item in sequences(source):
        if isinstance(item, TrackedSequence):
            is_empty = False
            yield from reader.sequence(item)
        else:
            yield item
    if is_empty:
        raise FormatError("not_mot", "There is no text file of MOTChallenge: gt/gt.txt, det/det.txt or results.")


class _Reader:
    def __init__(self, source: Source, context: Context) -> None:
        self._source, self._context = source, context
        given = context.option(OPTION_PIXELS, ("0", "1"))
        self._pixel_base, self._is_base_told = int(given or 0), given is not None
        self._labels: set[str] = set()
        self._is_asked = False

    def sequence(self, sequence: TrackedSequence) -> Iterator[Item]:
        extra: dict[str, Any] = {name: value for name, value in sequence.info.items() if name not in _OWN_INFO}
        if self._pixel_base:
            extra[OPTION_PIXELS] = self._pixel_base
        width, height = sequence.whole("imWidth"), sequence.whole("imHeight")
        if not (width and height) and (frame := first_frame(self._source, sequence)):
            facts = self._context.facts_of(frame)
            width, height = (facts.width, facts.height) if facts else (None, None)
        asset = Asset(
            sequence.name,
            split=sequence.split,
            width=width,
            height=height,
            frame_count=sequence.whole("seqLength"),
            extra=extra,
            pointer=pointer(self._source, next(iter(sequence.files)), ""),
        )
        yield asset
        if not self._is_base_told and sequence.info.get("name", "").startswith("MOT"):
            self._is_base_told = True
            message = "By the rules of MOTChallenge positions count from 1: give --option pixel_base=1 to move them."
            yield FileWarning("pixels_from_1", message, sequence.name)
        for name, is_truth in sequence.files.items():
            yield from self._file(name, asset.file_name, sequence, is_truth=is_truth)

    def _file(self, name: str, asset: str, sequence: TrackedSequence, *, is_truth: bool) -> Iterator[Item]:
        answer = self._context.option(OPTION_FRAMES, ("0", "1"))
        with self._source.open(name) as stream:
            needs_answer = answer is None and any(_starts_with_0(raw) for _, raw in _lines(stream, name))
        if needs_answer and not self._is_asked:
            self._is_asked = True
            message = f"{name} has a frame 0, and frames of MOTChallenge count from 1."
            yield ask(OPTION_FRAMES, message, ("0", "1"), "0", name)
        has_warned = False
        with self._source.open(name) as stream:
            for at, raw in _lines(stream, name):
                record = raw.decode("utf-8", "replace")
                if not record.strip("\ufeff \t\r\n"):
                    continue
                place = pointer(self._source, name, f"L{at}")
                if needs_answer:
                    yield NotImported(place, f"the answer to {OPTION_FRAMES} is needed", record, asset)
                    continue
                item, label = self._row(record, place, asset, sequence, is_truth=is_truth, base=int(answer or 1))
                if label is not None:
                    yield label
                yield item
                outside = isinstance(item, Annotation) and "confidence" in (item.body.get("extra") or {})
                if outside and not has_warned:
                    has_warned = True
                    message = f"Scores of {name} are no shares of 1: they are kept in extra, and not scaled."
                    yield FileWarning("score_outside", message, place)

    def _row(
        self, record: str, place: str, asset: str, sequence: TrackedSequence, *, is_truth: bool, base: int
    ) -> tuple[Annotation | NotImported, Label | None]:
        classes = sequence.classes if sequence.classes is not None else CLASSES
        try:
            body, class_id = body_of(
                record.strip("\ufeff \t\r\n"), classes, is_truth=is_truth, frame_base=base, pixel_base=self._pixel_base
            )
        except NotANumber as reason:
            return NotImported(place, str(reason), record, asset), None
        item = fit(Annotation(asset, body, place, record, "mot"))
        name = body.get("label")
        if isinstance(item, NotImported) or name is None or name in self._labels:
            return item, None
        self._labels.add(name)
        return item, Label(name, {"mot": [class_id]} if class_id is not None else {})


_OWN_INFO: Final = frozenset(["imwidth", "imheight", "seqlength"])


def _starts_with_0(raw: bytes) -> bool:
    return raw.removeprefix(b"\xef\xbb\xbf").partition(b",")[0].strip() in (b"0", b"0.0")


def _lines(stream: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of each line, its end included. Raises FormatError for a line without end."""
    at = 0
    while raw := stream.readline(MAX_LINE_BYTES):
        at += 1
        if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
            raise FormatError("line_too_long", f"{name}: line {at} is longer than {MAX_LINE_BYTES} bytes.")
        yield at, raw
