"""Fitting of labels to the bounds of label schemas (`foveal.catalog.label_schema_models`).

A member that a schema would refuse moves to `extra`, as the file gives it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from foveal.formats.base.model.fitting import finite
from foveal.formats.base.model.items import Label
from foveal.formats.base.model.member_checks import MEMBERS, is_attribute, is_number, is_scalar, is_text

MAX_WORD: Final = 256
MAX_ATTRIBUTES: Final = 100
MAX_VALUES: Final = 1000
MAX_POINTS: Final = 1000
MAX_EDGES: Final = 5000
_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_CHOICES: Final = ("select", "radio")
_INPUTS: Final = (*_CHOICES, "checkbox", "number", "text")
_ATTRIBUTE: Final[Mapping[str, Callable[[Any], bool]]] = {
    "input_type": lambda value: value in _INPUTS,
    "values": lambda value: isinstance(value, list) and len(value) <= MAX_VALUES and all(map(is_scalar, value)),
    "minimum": is_number,
    "maximum": is_number,
    "default": is_scalar,
    "mutable": lambda value: isinstance(value, bool),
    "required": lambda value: isinstance(value, bool),
}


def fit_label(label: Label) -> Label | None:
    """Return the label with what does not fit moved to `extra`; None where its name is no name of a label."""
    if not is_text(label.name, MAX_WORD):
        return None
    extra: dict[str, Any] = dict(label.extra)
    changes: dict[str, Any] = {}
    for name, check, empty in _MEMBERS:
        value = getattr(label, name)
        if value is not None and not check(value):
            changes[name] = empty
            extra[name if name not in extra else f"given_{name}"] = value
    if label.skeleton is not None and "edges" not in label.skeleton and "skeleton" not in changes:
        changes["skeleton"] = {**label.skeleton, "edges": []}
    attributes = [each for each in label.attributes if is_declaration(each)][:MAX_ATTRIBUTES]
    if len(attributes) < len(label.attributes):
        changes["attributes"] = attributes
        extra["unfit_attributes"] = [dict(each) for each in label.attributes if each not in attributes]
    ids = {name: [each for each in given if _is_id(each)] for name, given in label.external_ids.items()}
    if ids != {name: list(given) for name, given in label.external_ids.items()} or not all(ids.values()):
        changes["external_ids"] = {name: given for name, given in ids.items() if given}
        extra["unfit_external_ids"] = {name: list(given) for name, given in label.external_ids.items()}
    return replace(label, **changes, extra=finite(extra)) if changes or extra else label


def is_declaration(attribute: Mapping[str, Any]) -> bool:
    """Tell whether an attribute is one that a label schema can declare."""
    given = {name: value for name, value in attribute.items() if value is not None and name != "name"}
    return (
        is_attribute(attribute.get("name"), "")
        and "input_type" in given
        and all(name in _ATTRIBUTE and _ATTRIBUTE[name](value) for name, value in given.items())
        and (given["input_type"] not in _CHOICES or bool(given.get("values")))
    )


def _is_id(value: object) -> bool:
    return is_text(value, MAX_WORD) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63)


def _is_skeleton(value: Mapping[str, Any]) -> bool:
    names, edges = value.get("names"), value.get("edges", [])
    return (
        value.keys() <= {"names", "edges"}
        and isinstance(names, list | tuple)
        and 0 < len(names) <= MAX_POINTS
        and all(is_text(name, MAX_WORD) for name in names)
        and len(set(names)) == len(names)
        and isinstance(edges, list | tuple)
        and len(edges) <= MAX_EDGES
        and all(_is_edge(edge, len(names)) for edge in edges)
    )


def _is_edge(value: object, points: int) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(isinstance(end, int) and not isinstance(end, bool) and 0 <= end < points for end in value)
    )


_MEMBERS: Final[tuple[tuple[str, Callable[[Any], bool], Any], ...]] = (
    ("type", lambda value: isinstance(value, str) and value in MEMBERS, None),
    ("color", lambda value: isinstance(value, str) and _COLOR.fullmatch(value) is not None, None),
    ("supercategory", lambda value: is_text(value, MAX_WORD), None),
    ("isthing", lambda value: isinstance(value, bool), None),
    ("skeleton", lambda value: isinstance(value, Mapping) and _is_skeleton(value), None),
)
"""Name, check, and what stands there instead."""
