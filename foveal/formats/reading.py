"""Read label files: the items of a reader with every annotation placed, and the counts that must add up."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from foveal.formats.base.files.source import Source
from foveal.formats.base.geometry.placement import Frame, frame_of, place
from foveal.formats.base.model.context import OPTION_LAYER, Context
from foveal.formats.base.model.fitting import finite
from foveal.formats.base.model.items import Annotation, Asset, FileWarning, Item, Label, NotImported, Question
from foveal.formats.base.model.label_fitting import fit_label
from foveal.formats.registry import Format


@dataclass(slots=True)
class Summary:
    """Counts of one reading. Count law: `records` = `imported` + `not_imported`."""

    format: str
    assets: int = 0
    labelled_assets: int = 0
    labels: int = 0
    annotations: int = 0
    records: int = 0
    imported: int = 0
    not_imported: int = 0
    warnings: int = 0
    questions: int = 0
    _pointer: str | None = field(default=None, repr=False)

    def document(self) -> dict[str, str | int]:
        """Return the counts by name."""
        return {
            "format": self.format,
            "assets": self.assets,
            "labelled_assets": self.labelled_assets,
            "labels": self.labels,
            "annotations": self.annotations,
            "records": self.records,
            "imported": self.imported,
            "not_imported": self.not_imported,
            "warnings": self.warnings,
            "questions": self.questions,
        }

    def count(self, item: Item) -> None:
        """Count an item; annotations of one record follow each other and count as one record."""
        match item:
            case Asset():
                self.assets += 1
                self.labelled_assets += item.labelled
            case Label():
                self.labels += 1
            case Annotation():
                self.annotations += 1
                if item.pointer != self._pointer:
                    self.records += 1
                    self.imported += 1
                    self._pointer = item.pointer
            case NotImported():
                self.records += 1
                self.not_imported += 1
            case FileWarning():
                self.warnings += 1
            case Question():
                self.questions += 1


def read(source: Source, format_: Format, context: Context) -> Iterator[Item | Summary]:
    """Yield the items of a source, and its summary last. Raises FormatError for a source that is refused."""
    summary, layer = Summary(format_.name), context.option(OPTION_LAYER)
    for item in _placed(_named(_fitted(format_.read(source, context)), context), context):
        if layer is not None and isinstance(item, Annotation):
            item.body["field"] = layer
        summary.count(item)
        yield item
    yield summary


def _fitted(items: Iterator[Item]) -> Iterator[Item]:
    """Keep labels and assets within what a schema and JSON can hold."""
    for item in items:
        match item:
            case Label():
                yield fit_label(item) or FileWarning(
                    "label_name", f"{item.name[:80]!r} is no name of a label: 1 to 256 characters.", item.pointer or ""
                )
            case Asset() if item.extra:
                yield replace(item, extra=finite(item.extra))
            case _:
                yield item


def _named(items: Iterator[Item], context: Context) -> Iterator[Item]:
    """Give an asset whose name lacks its extension, as label files of YOLO have it, the name of the known asset."""
    old = new = ""
    for item in items:
        if isinstance(item, Asset):
            match = context.names.find(item.file_name)
            old, new = item.file_name, match.name if match and match.how == "stem" else item.file_name
            yield replace(item, file_name=new) if new != old else item
        elif new != old and isinstance(item, Annotation | NotImported) and item.asset == old:
            yield replace(item, asset=new)
        else:
            yield item


def _placed(items: Iterator[Item], context: Context) -> Iterator[Item]:
    frame: Frame | str = Frame(None, {})
    asked: set[str] = set()
    record: list[Annotation] = []
    for item in items:
        if record and not (isinstance(item, Annotation) and item.pointer == record[0].pointer):
            yield from _record(record, frame)
            record = []
        if isinstance(item, Annotation):
            record.append(item)
            continue
        yield item
        if isinstance(item, Asset):
            found = frame_of(item, context.facts_of(item.file_name), context)
            if isinstance(found, Question):
                if found.option not in asked:
                    asked.add(found.option)
                    yield found
                found = f"the answer to {found.option} is needed"
            elif isinstance(found, str):
                yield FileWarning("other_size", f"{item.file_name}: {found}.", item.pointer or item.file_name)
            frame = found
    if record:
        yield from _record(record, frame)


def _record(annotations: list[Annotation], frame: Frame | str) -> Iterator[Item]:
    """Yield the annotations of one record that can be placed, or why none of them can."""
    first = annotations[0]
    if isinstance(frame, str):
        yield NotImported(first.pointer, frame, first.record or "", first.asset)
        return
    found = [each for annotation in annotations for each in place(annotation, frame)]
    problems = [each for each in found if isinstance(each, NotImported)]
    yield from (each for each in found if not isinstance(each, NotImported))
    if len(problems) == len(annotations):
        yield problems[0]
    else:
        for problem in problems:
            yield FileWarning(
                "part_not_placed", f"A part of the record is not imported: {problem.reason}.", problem.pointer
            )
