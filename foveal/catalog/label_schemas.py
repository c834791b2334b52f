"""Label schemas: which labels a layer may have, of which type, with which attributes and skeleton; in revisions.

A schema is never changed, only followed by its next revision. It is a description until it is enforced for some
layers; from then on no annotation of these layers is written that it does not know. Numbers that formats give to
labels (COCO category ids with gaps, YOLO's order, CVAT's ids) live here and never on an annotation.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from foveal.catalog.author import Author
from foveal.catalog.newest_label_schemas import newest_revisions
from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION, AnnotationType
from foveal.errors import NotFound, PreconditionFailed
from foveal.validation.models import Model
from foveal.validation.values import AttributeName, FieldLayer, Integer, Number, Scalar, Text, Word


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


class ExternalIds(Model):
    """What each format calls the label.

    `mask_target` is its value in a mask of several classes, R·65536 + G·256 + B where that is a colour.
    """

    coco: Integer | None = None
    yolo: Integer | None = None
    voc: Word | None = None
    cvat: Integer | None = None
    openimages: Word | None = None
    mask_target: Annotated[int | None, Field(ge=0, lt=2**24)] = None


class Label(Model):
    name: Word
    id: Word | None = None
    color: Annotated[str | None, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = None
    supercategory: Word | None = None
    type: AnnotationType | None = None
    attributes: Annotated[list[Attribute], Field(default_factory=list, max_length=100)]
    skeleton: Skeleton | None = None
    isthing: bool | None = None
    external_ids: ExternalIds | None = None


class LabelSchema(Model):
    """The labels of some layers. `enforced_fields` are the layers that may hold nothing else."""

    description: Text | None = None
    labels: Annotated[list[Label], Field(max_length=10_000)]
    enforced_fields: Annotated[list[FieldLayer], Field(default_factory=list, max_length=100)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [label.name for label in self.labels]
        if len(set(names)) != len(names):
            raise ValueError("a label comes twice")
        return self


def put(
    database: Database[Document], project: str, name: str, author: Author, schema: LabelSchema, known: int
) -> Document:
    """Store the next revision of a schema; `known` is the revision that the caller knows, 0 for none.

    Raises PreconditionFailed with the current revision when that is another one.
    """
    current = find(database, project, name)
    revision = current["revision"] if current else 0
    if revision == known:
        stored = {
            "_id": f"{project}/{name}/{known + 1:012}",
            "project": project,
            "name": name,
            "revision": known + 1,
            "schema": schema.model_dump(exclude_none=True),
            "created_at": author.at,
            "created_by": author.subject,
            "schema_version": SCHEMA_VERSION,
        }
        try:
            database.label_schemas.insert_one(stored)
            return public(stored)
        except DuplicateKeyError:
            current = find(database, project, name)
    raise PreconditionFailed("The label schema is at another revision.", current=public(current) if current else None)


def find(database: Database[Document], project: str, name: str, revision: int | None = None) -> Document | None:
    """Return a stored schema: the newest revision, or a given one."""
    wanted: Document = {"project": project, "name": name}
    if revision is not None:
        wanted["revision"] = revision
    return database.label_schemas.find_one(wanted, sort=[("revision", -1)])


def newest(database: Database[Document], project: str) -> list[Document]:
    """Return the newest revision of each schema of a project, by name."""
    return list(database.label_schemas.aggregate(newest_revisions(project)))


def enforced(database: Database[Document], project: str) -> dict[str, LabelSchema]:
    """Return the schema that is enforced for each layer that has one."""
    found = {}
    for stored in newest(database, project):
        schema = LabelSchema.model_validate(stored["schema"])
        found.update(dict.fromkeys(schema.enforced_fields, schema))
    return found


def public(stored: Document) -> Document:
    """Return a stored schema as callers see it."""
    names = ("name", "revision", "created_at", "created_by")
    return {**{name: stored[name] for name in names}, **stored["schema"]}


def no_such_schema() -> NotFound:
    return NotFound("There is no such label schema.")


def check(schema: LabelSchema, annotation: Document) -> None:
    """Raise ValueError when an annotation is not one that the schema knows."""
    named = annotation.get("label")
    label = next((each for each in schema.labels if each.name == named), None)
    if label is None:
        raise ValueError(f"label: {named!r} is not in the label schema of {annotation['field']}")
    if label.type is not None and annotation["type"] != label.type:
        raise ValueError(f"type: {named!r} is a {label.type}, not a {annotation['type']}")
    given = annotation.get("attributes", {})
    known = {attribute.name: attribute for attribute in label.attributes}
    if unknown := given.keys() - known.keys():
        raise ValueError(f"attributes.{min(unknown)}: {named!r} has no such attribute")
    for attribute in label.attributes:
        if attribute.name in given:
            _check_value(attribute, given[attribute.name])
        elif attribute.required:
            raise ValueError(f"attributes.{attribute.name}: {named!r} needs it")
    if annotation["type"] == "keypoints":
        _check_skeleton(label, annotation["keypoints"])


def _check_value(attribute: Attribute, value: Any) -> None:
    where = f"attributes.{attribute.name}"
    match attribute.input_type:
        case "select" | "radio":
            if not any(value == each and type(value) is type(each) for each in attribute.values or []):
                raise ValueError(f"{where}: must be one of {attribute.values}")
        case "checkbox":
            if not isinstance(value, bool):
                raise ValueError(f"{where}: must be true or false")
        case "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{where}: must be a number")
            low, high = attribute.minimum, attribute.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise ValueError(f"{where}: must lie between {low} and {high}")
        case "text":
            if not isinstance(value, str):
                raise ValueError(f"{where}: must be text")


def _check_skeleton(label: Label, keypoints: list[Document]) -> None:
    if label.skeleton is None:
        raise ValueError(f"keypoints: {label.name!r} has no skeleton")
    names = [point.get("name") for point in keypoints]
    for name in names:
        if name not in label.skeleton.names:
            raise ValueError(f"keypoints: {name!r} is not in the skeleton of {label.name!r}")
    if len(set(names)) != len(names):
        raise ValueError("keypoints: a keypoint comes twice")
