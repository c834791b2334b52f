"""Classes of label files added to a label schema: labels that it lacks, and members that its labels lack.

Nothing that a schema says is changed: where a file says something else, the schema stays and a warning tells it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from foveal.catalog.label_schema_models import Attribute, Label, LabelSchema, contradiction
from foveal.database.client import Document
from foveal.formats.base.model import items
from foveal.formats.base.model.items import FileWarning
from foveal.validation.values import normalized

MAX_LABELS: Final = 10_000
"""As `LabelSchema.labels`."""
_MEMBERS: Final = ("type", "color", "supercategory", "isthing", "skeleton")


@dataclass(slots=True)
class Merge:
    """A label schema with the classes of files, the labels that are new or have new members, and what was told."""

    schema: LabelSchema
    added: list[str] = field(default_factory=list)
    extended: list[str] = field(default_factory=list)
    told: list[FileWarning] = field(default_factory=list)


def merged(schema: LabelSchema, classes: Iterable[items.Label]) -> Merge:
    """Return the schema with the classes of files: classes of one name are one label, with the ids of all."""
    merge = _Merging(schema)
    for each in classes:
        merge.add(each)
    return merge.result()


class _Merging:
    def __init__(self, schema: LabelSchema) -> None:
        self._schema, self._told = schema, list[FileWarning]()
        self._labels = {normalized(label.name): label for label in schema.labels}
        self._holders = {
            (name, each): label.name
            for label in schema.labels
            for name in label.external_ids or {}
            for each in label.ids_in(name)
        }
        self._left_out = 0

    def add(self, given: items.Label) -> None:
        name = normalized(given.name)
        if name not in self._labels and len(self._labels) >= MAX_LABELS:
            self._left_out += 1
            return
        known = self._labels.get(name)
        members: Document = known.model_dump(exclude_none=True) if known else {"name": name}
        self._fill(members, given)
        members["attributes"] = [*members.get("attributes", []), *self._attributes(members, given)]
        if ids := self._external_ids(members, given):
            members["external_ids"] = ids
        try:
            self._labels[name] = Label.model_validate(members)
        except ValidationError as error:
            self._tell("label_unfit", f"{name!r} is no label of a label schema: {error.errors()[0]['msg']}.", given)

    def result(self) -> Merge:
        before = {normalized(label.name): label for label in self._schema.labels}
        if self._left_out:
            told = f"A label schema has at most {MAX_LABELS} labels: {self._left_out} of the files are left out."
            self._told.append(FileWarning("label_schema_full", told, ""))
        return Merge(
            self._schema.model_copy(update={"labels": list(self._labels.values())}),
            [name for name in self._labels if name not in before],
            [name for name, label in self._labels.items() if name in before and label != before[name]],
            self._told,
        )

    def _fill(self, members: Document, given: items.Label) -> None:
        """Take the members that the label lacks."""
        for member in _MEMBERS:
            value = getattr(given, member)
            if member == "skeleton" and value is not None:
                value = {"names": list(value["names"]), "edges": [list(edge) for edge in value.get("edges", ())]}
            if value is None or value == members.setdefault(member, value):
                continue
            self._tell("label_differs", f"{members['name']!r} keeps its {member}: the files have another one.", given)

    def _attributes(self, members: Document, given: items.Label) -> list[Document]:
        """Return the attributes that the label lacks, without limits and defaults that contradict each other."""
        known = {each["name"] for each in members.get("attributes", [])}
        found: dict[str, Document] = {}
        for each in given.attributes:
            attribute = {name: value for name, value in each.items() if value is not None}
            if attribute["name"] in known or attribute["name"] in found:
                continue
            for unfit in (("default",), ("minimum", "maximum")):
                if (problem := contradiction(Attribute.model_validate(attribute))) is None:
                    break
                attribute = {name: value for name, value in attribute.items() if name not in unfit}
                self._tell("attribute_unfit", f"{members['name']!r}, {attribute['name']!r}: {problem}.", given)
            found[attribute["name"]] = attribute
        return list(found.values())

    def _external_ids(self, members: Document, given: items.Label) -> dict[str, Any]:
        """Return the ids of the label by format, with those of the files that no other label has."""
        label, found = members["name"], dict(members.get("external_ids", {}))
        for format_, ids in given.external_ids.items():
            present = found.get(format_, [])
            all_ids = list(present) if isinstance(present, list) else [present]
            for each in ids:
                holder = self._holders.setdefault((format_, each), label)
                if holder != label:
                    self._tell("external_id_taken", f"{label!r}: {holder!r} has the id {each!r} of {format_}.", given)
                elif each not in all_ids:
                    all_ids.append(each)
            if all_ids:
                found[format_] = all_ids[0] if len(all_ids) == 1 else all_ids
        return found

    def _tell(self, code: str, message: str, given: items.Label) -> None:
        self._told.append(FileWarning(code, message, given.pointer or given.name))
