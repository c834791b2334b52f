"""Joins of record sets: fields whose values come from another record set, found by a field that references it.

Source: Croissant Format Specification 1.1 and 1.0, "Joins", "Field" (`references`, `source`, `parentField`). The field
that is referenced is a key of its record set, so that a record is joined with one other at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from foveal.formats.base.model.items import FormatError
from foveal.formats.croissant.metadata import Field, Json, RecordSet, files_of, short
from foveal.formats.tables.columns import ROLES

IMAGE_NAMES: Final = ROLES["file_name"]
"""Names of fields that name an image, the best first."""
_IMAGE_TYPES: Final = frozenset({"ImageObject", "VideoObject"})
_MAX_STEPS: Final = 10
"""Fields that may come from one another."""


@dataclass(frozen=True, slots=True)
class Join:
    """A join of records with those of another set, where the value of `target` equals that of the record's `key`.

    `fields` are those of the other set that are brought in; its records stand in a file, or are `rows`.
    """

    key: Field
    target: Field
    fields: Sequence[Field]
    rows: Sequence[Json]


@dataclass(frozen=True, slots=True)
class JoinedSet:
    """A record set with the fields of its own files, and its joins. `unjoined` are fields that no join brings in."""

    records: RecordSet
    joins: Sequence[Join] = ()
    unjoined: Sequence[str] = ()


def joined(record_sets: Sequence[RecordSet]) -> Sequence[JoinedSet]:
    """Return the record sets that have records of their own, each with its joins.

    A record set whose fields all come from others is a view: its fields and references go to the set of its records.
    Raises FormatError for a reference to several fields of one key, which Croissant does not have: `references` is of
    one field to one other, although a key may have several.
    """
    _refuse_composite(record_sets)
    return _Joins(record_sets).sets()


def _refuse_composite(record_sets: Sequence[RecordSet]) -> None:
    for records in record_sets:
        referenced = {each.references for each in records.fields}
        for other in record_sets:
            if len(parts := [each for each in other.key if each in referenced]) > 1:
                raise FormatError(
                    "composite_key",
                    f"{records.name} refers to {other.name} by {' and '.join(parts)} together: Croissant joins by one "
                    f"field. Give {other.name} a field that is unique, and refer to it alone.",
                )


def names_image(field: Field) -> bool:
    """Tell whether the values of a field name an image."""
    if field.types & _IMAGE_TYPES:
        return "SegmentationMask" not in field.types and (field.column is not None or field.of_file is not None)
    return short(field.name) in IMAGE_NAMES


class _Joins:
    def __init__(self, record_sets: Sequence[RecordSet]) -> None:
        self._sets = {each.name: each for each in record_sets}
        self._places: dict[str, tuple[str, Field]] = {}
        for records in self._sets.values():
            for field in records.fields:
                self._places.setdefault(f"{records.name}/{field.name}", (records.name, field))
                self._places.setdefault(field.name, (records.name, field))
        self._fields = {name: list(records.fields) for name, records in self._sets.items()}
        self._adopt()

    def sets(self) -> Sequence[JoinedSet]:
        return [self._joined(name) for name in self._fields]

    def _adopt(self) -> None:
        """Give the fields and references of views, and the references of nested records, to the sets of the records."""
        parents = [each.parent for fields in self._fields.values() for each in fields if each.parent is not None]
        for name, fields in self._fields.items():
            self._fields[name] = [each for each in fields if not self._is_nested(each)]
        for parent in parents:
            self._refer(*parent)
        for name, own in [*self._fields.items()]:
            homes = [self._origin(name, each)[0] for each in own]
            if not own or name in homes:
                continue
            del self._fields[name]
            home = next((of for of, each in zip(homes, own, strict=True) if self._target(each)), homes[0])
            for of, each in zip(homes, own, strict=True):
                if of == home and each.references is not None and each.origin is not None:
                    self._refer(each.origin, each.references)
                elif of != home and home in self._fields:
                    self._fields[home].append(each)

    def _is_nested(self, field: Field) -> bool:
        """Tell whether a field holds records of another set, which are read there."""
        return field.parent is not None or any(part.origin in self._places for part in field.parts)

    def _refer(self, source: str, references: str) -> None:
        """Let the field that a field comes from reference another one, where it does not reference any."""
        if source in self._places:
            name, field = self._origin(*self._places[source])
            if field.references is None and name in self._fields:
                referring = replace(field, references=references)
                self._fields[name] = [referring if each == field else each for each in self._fields[name]]

    def _origin(self, name: str, field: Field) -> tuple[str, Field]:
        """Return the record set and the field that the values of a field come from in the end."""
        for _ in range(_MAX_STEPS):
            if field.origin not in self._places:
                break
            name, field = self._places[field.origin]
        return name, field

    def _resolved(self, name: str, field: Field) -> Field:
        """Return a field of a record set with the place of its values."""
        home, origin = self._origin(name, field)
        rows = self._sets[home].rows
        column = origin.column or (None if origin.of_file else origin.name if rows else short(origin.name))
        return replace(
            origin,
            name=field.name,
            types=field.types or origin.types,
            column=column,
            pattern=field.pattern or origin.pattern,
            box=field.box or origin.box,
            references=field.references or origin.references,
            target=field.target or origin.target,
        )

    def _target(self, field: Field) -> tuple[str | None, Field] | None:
        """Return the record set, or None for a mere file, and the field that a field references."""
        if field.references in self._places:
            name, found = self._places[field.references]
            return self._origin(name, found)[0], self._resolved(name, found)
        return None if field.target is None else (None, field.target)

    def _joined(self, name: str) -> JoinedSet:
        records = self._sets[name]
        is_of = {id(each): self._origin(name, each)[0] for each in self._fields[name]}
        if all(home == name for home in is_of.values()) and not any(map(self._target, self._fields[name])):
            return JoinedSet(replace(records, fields=self._fields[name]))
        fields = [(is_of[id(each)], self._resolved(name, each)) for each in self._fields[name]]
        joins: list[Join] = []
        brought: list[Field] = []
        for home, key in fields:
            found = self._target(key) if home == name else None
            if found is None or _is_same_place(key, found[1]):
                continue
            of, target = found
            others = [each for at, each in fields if (at == of and at != name) or _is_same_place(each, target)]
            brought += others
            image = None if any(names_image(each) for _, each in fields if each is not key) else self._image_of(of)
            if image is not None and image.column == target.column and image.of_file == target.of_file:
                fields = [(at, replace(each, name=image.name) if each is key else each) for at, each in fields]
            elif image is not None:
                others.append(image)
            if others:
                joins.append(Join(key, target, others, self._sets[of].rows if of is not None else ()))
        own = [each for home, each in fields if home == name and each not in brought]
        left = [each.name for home, each in fields if home != name and each not in brought]
        return JoinedSet(replace(records, fields=own), joins, left)

    def _image_of(self, name: str | None) -> Field | None:
        """Return the best of the fields of a record set that name its images."""
        found = [self._resolved(name, each) for each in self._fields.get(name, ()) if names_image(each)] if name else []
        rank = {each: number for number, each in enumerate(IMAGE_NAMES)}
        found.sort(key=lambda each: rank.get(short(each.name), -1))
        return replace(found[0], name=IMAGE_NAMES[0], references=None) if found else None


def _is_same_place(one: Field, other: Field) -> bool:
    files = files_of(one)
    return bool(files) and [*files] == [*files_of(other)] and one.section == other.section
