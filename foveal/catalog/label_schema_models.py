"""Models of label schemas: labels with their types, typed attributes, skeletons, and ids in other formats.

Numbers that formats give to labels (COCO category ids with gaps, YOLO's order, CVAT's ids) are members of the schema
and never of an annotation.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from foveal.database.client import Document
from foveal.database.vocabulary import AnnotationType
from foveal.validation.models import Model
from foveal.validation.values import (
    AttributeName,
    FieldLayer,
    Integer,
    LabelName,
    Number,
    Scalar,
    Text,
    Word,
    normalized,
)


class Attribute(Model):
    """A typed attribute; `mutable` ones may change from frame to frame."""

    name: AttributeName
    input_type: Literal["select", "radio", "checkbox", "number", "text"]
    values: Annotated[list[Scalar] | None, Field(max_length=1000)] = None
    minimum: Number | None = None
    maximum: Number | None = None
    default: Scalar | None = None
    mutable: bool = False
    required: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.input_type in ("select", "radio") and not self.values:
            raise ValueError(f"{self.input_type} needs values")
        return self


class Skeleton(Model):
    """The keypoints that a label has, and the pairs of positions (from 0) between which a line is drawn."""

    names: Annotated[list[Word], Field(min_length=1, max_length=1000)]
    edges: Annotated[
        list[Annotated[list[int], Field(min_length=2, max_length=2)]], Field(default_factory=list, max_length=5000)
    ]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.names)) != len(self.names):
            raise ValueError("a keypoint comes twice")
        if any(not 0 <= end < len(self.names) for edge in self.edges for end in edge):
            raise ValueError("an edge ends at a keypoint that there is not")
        return self


MASK_TARGET: Final = "mask_target"
"""In the ids of a label: its value in a mask of several classes, R·65536 + G·256 + B where that is a colour."""
ExternalId = Integer | Word
FormatName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


def _mask_target(ids: dict[str, Any]) -> dict[str, Any]:
    value = ids.get(MASK_TARGET)
    if value is not None and not (isinstance(value, int) and 0 <= value < 2**24):
        raise ValueError(f"{MASK_TARGET}: must be an integer from 0 to 16777215")
    return ids


def _given(ids: Any) -> Any:
    """Return ids without those that are null, which earlier versions accepted."""
    return {name: value for name, value in ids.items() if value is not None} if isinstance(ids, dict) else ids


ExternalIds = Annotated[
    dict[FormatName, ExternalId | Annotated[list[ExternalId], Field(min_length=1, max_length=1000)]],
    Field(max_length=64, description="Ids of the label by format; several where a format has several classes for it"),
    BeforeValidator(_given),
    AfterValidator(_mask_target),
]


class Label(Model):
    name: LabelName
    id: Word | None = None
    color: Annotated[str | None, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = None
    supercategory: Word | None = None
    type: AnnotationType | None = None
    attributes: Annotated[list[Attribute], Field(default_factory=list, max_length=100)]
    skeleton: Skeleton | None = None
    isthing: bool | None = None
    external_ids: ExternalIds | None = None

    def ids_in(self, format_: str) -> list[int | str]:
        """Return the ids of the label in a format; none where it has none."""
        found = (self.external_ids or {}).get(format_, [])
        return list(found) if isinstance(found, list) else [found]


class LabelSchema(Model):
    """The labels of some layers. `enforced_fields` are the layers that may hold nothing else."""

    description: Text | None = None
    labels: Annotated[list[Label], Field(max_length=10_000)]
    enforced_fields: Annotated[list[FieldLayer], Field(default_factory=list, max_length=100)]

    def check(self, annotation: Document) -> None:
        """Raise ValueError when an annotation is not one that the schema knows."""
        named = annotation.get("label")
        label = next((each for each in self.labels if normalized(each.name) == named), None)
        if label is None:
            raise ValueError(f"label: {named!r} is not in the label schema of {annotation['field']}")
        if label.type is not None and annotation["type"] != label.type:
            raise ValueError(f"type: {named!r} is a {label.type}, not a {annotation['type']}")
        _check_attributes(label, annotation.get("attributes", {}))
        if annotation["type"] == "keypoints":
            _check_skeleton(label, annotation["keypoints"])


def contradictions(schema: LabelSchema) -> Iterator[str]:
    """Yield what contradicts itself in a new schema, with its place.

    Revisions that were stored before may have such contradictions, so that the models do not refuse them.
    """
    for name in _repeated(label.name for label in schema.labels):
        yield f"labels: {name!r} comes twice"
    for position, label in enumerate(schema.labels):
        for name in _repeated(attribute.name for attribute in label.attributes):
            yield f"labels.{position}.attributes: {name!r} comes twice"
        for attribute in label.attributes:
            if problem := contradiction(attribute):
                yield f"labels.{position}.attributes.{attribute.name}: {problem}"
    for name in _repeated(label.id for label in schema.labels):
        yield f"labels: the id {name!r} comes twice"
    formats = dict.fromkeys(name for label in schema.labels for name in label.external_ids or {})
    for format_ in formats:
        ids = (each for label in schema.labels for each in label.ids_in(format_))
        for each in _repeated(ids):
            yield f"labels: the external id {each!r} of {format_} comes twice"


def contradiction(attribute: Attribute) -> str | None:
    """Return what contradicts itself in an attribute, or None."""
    low, high = attribute.minimum, attribute.maximum
    if low is not None and high is not None and low > high:
        return "minimum is larger than maximum"
    if attribute.default is None:
        return None
    try:
        _check_value(attribute, attribute.default)
    except ValueError as error:
        return f"default {error}"
    return None


def _check_attributes(label: Label, given: Document) -> None:
    known = {attribute.name: attribute for attribute in label.attributes}
    if unknown := given.keys() - known.keys():
        raise ValueError(f"attributes.{min(unknown)}: {label.name!r} has no such attribute")
    for attribute in label.attributes:
        if attribute.name in given:
            try:
                _check_value(attribute, given[attribute.name])
            except ValueError as error:
                raise ValueError(f"attributes.{attribute.name}: {error}") from None
        elif attribute.required:
            raise ValueError(f"attributes.{attribute.name}: {label.name!r} needs it")


def _check_skeleton(label: Label, keypoints: list[Document]) -> None:
    if label.skeleton is None:
        raise ValueError(f"keypoints: {label.name!r} has no skeleton")
    names = [point.get("name") for point in keypoints]
    for name in names:
        if name not in label.skeleton.names:
            raise ValueError(f"keypoints: {name!r} is not in the skeleton of {label.name!r}")
    if len(set(names)) != len(names):
        raise ValueError("keypoints: a keypoint comes twice")


def _check_value(attribute: Attribute, value: object) -> None:
    """Raise ValueError for a value that an attribute cannot have."""
    match attribute.input_type:
        case "select" | "radio":
            if not any(value == each and type(value) is type(each) for each in attribute.values or []):
                raise ValueError(f"must be one of {attribute.values}")
        case "checkbox":
            if not isinstance(value, bool):
                raise ValueError("must be true or false")
        case "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError("must be a number")
            low, high = attribute.minimum, attribute.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise ValueError(f"must lie between {low} and {high}")
        case "text":
            if not isinstance(value, str):
                raise ValueError("must be text")


def _repeated(values: Iterable[object]) -> list[object]:
    return [each for each, count in Counter(values).items() if count > 1 and each is not None]
