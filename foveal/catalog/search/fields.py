"""Fields of an asset that a filter, a sort or an aggregate may name, each with the kind of its values."""

import re
from dataclasses import dataclass
from typing import Final

from foveal.database.asset_fields import ASSET_FIELDS, Kind


@dataclass(frozen=True, slots=True)
class Field:
    """A field as callers name it, and its path in the document."""

    name: str
    kind: Kind
    path: str


FIELDS: Final = {
    declared.name: Field(declared.name, declared.kind, declared.path)
    for declared in ASSET_FIELDS
    if declared.kind is not None
}

ATTRIBUTE: Final = re.compile(r"attributes\.(\w[\w -]{0,63})\Z")


def lookup(name: str) -> Field:
    """Return a field by its name. Raises ValueError, with the names that there are."""
    if name in FIELDS:
        return FIELDS[name]
    if ATTRIBUTE.match(name):
        return Field(name, Kind.ANY, name)
    raise ValueError(f"{name[:100]!r} is not a field; choose one of {', '.join(sorted(FIELDS))} or attributes.<name>")
