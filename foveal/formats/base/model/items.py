"""Items of label files, the same for every format: readers yield them, writers take them, `inspect` prints them.

A reader yields an asset before its annotations, and the annotations of an asset before the next asset. Labels and
sections may come at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ExternalId = int | str


@dataclass(frozen=True, slots=True)
class Label:
    """A class of the file, in the words of a label of a label schema (`foveal.catalog.label_schema_models`).

    `external_ids` are the ids of the class by format; a class may have several. `extra` holds the members of the
    file that the schema has no word for, `record` the text of the class in the file.
    """

    name: str
    external_ids: Mapping[str, Sequence[ExternalId]] = field(default_factory=dict)
    type: str | None = None
    color: str | None = None
    supercategory: str | None = None
    isthing: bool | None = None
    attributes: Sequence[Mapping[str, Any]] = ()
    skeleton: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    pointer: str | None = None
    record: str | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    """An image or a video of the file.

    `labelled` is true when somebody has looked: true without annotations means reviewed and empty, false means that
    the file has nothing on it. `width` and `height` are pixels as the file states them. `extra` holds the members of
    the file that are no word of ours, `record` the text of the asset in the file.
    """

    file_name: str
    labelled: bool = True
    split: str | None = None
    width: int | None = None
    height: int | None = None
    frame_count: int | None = None
    external_id: ExternalId | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    pointer: str | None = None
    record: str | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation of an asset.

    `body` holds the words of the annotation model (`foveal.catalog.annotations.models`), numbers as the file gives
    them: pixels in `bbox_px`, `rings_px`, …, shares of the sides in `bbox`, `rings`, …. `record` is the text of the
    file that it came from, `format` the format of that text. Several annotations of one record share its pointer.
    """

    asset: str
    body: dict[str, Any]
    pointer: str
    record: str | None = None
    format: str | None = None
    is_edited: bool = False


@dataclass(frozen=True, slots=True)
class NotImported:
    """A record of the file that became no annotation: kept as text, told with the reason, written back."""

    pointer: str
    reason: str
    record: str
    asset: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the file that belongs to no asset and no annotation, for example COCO's `info`, as its text."""

    name: str
    record: str


@dataclass(frozen=True, slots=True)
class FileWarning:
    """A finding that changes no count: `code` is stable, `message` a sentence, `where` a pointer or a file name."""

    code: str
    message: str
    where: str


@dataclass(frozen=True, slots=True)
class Question:
    """A meaning that the file leaves open. `option` of `choices` answers it; `proposal` is likely, and why.

    Records that need the answer are not imported before it is given.
    """

    option: str
    message: str
    choices: Sequence[str]
    proposal: str
    where: str


Item = Label | Asset | Annotation | NotImported | Section | FileWarning | Question


class FormatError(Exception):
    """A file that is refused as a whole. `code` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message
