"""Attributes of labels in CVAT: their types from the label, their values from the shape.

Names that the catalog refuses (`type/model (a.b)`) get an alias; the given name stays beside it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from foveal.formats.base.files.xml_scan import Element
from foveal.formats.cvat.values import Refused, flag, number

MAX_VALUES: Final = 100
MAX_TEXT: Final = 1024
MAX_BYTES: Final = 60_000
"""Bytes of the attributes of a shape as JSON; the catalog takes 65,536."""
MAX_CHOICES: Final = 1000
INPUT_TYPES: Final = ("select", "radio", "checkbox", "number", "text")
_NAME: Final = re.compile(r"\w[\w -]{0,63}")
_OF_VERSION_1_0: Final = re.compile(
    r"(?P<prefix>[@~])(?P<type>select|radio|checkbox|number|text)=(?P<name>[^:]{1,64}):(?P<values>.*)", re.DOTALL
)
_REFUSED: Final = re.compile(r"[^\w -]")


@dataclass(frozen=True, slots=True)
class Spec:
    """An attribute of a label: the name that the catalog takes, and the type of its values."""

    alias: str
    input_type: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """An attribute of a label as the file declares it: its values as texts."""

    name: str
    input_type: str
    values: list[str]
    default: str | None = None
    mutable: bool | None = None

    @classmethod
    def of(cls, element: Element) -> "Declaration":
        """Return a declaration: of elements, or the one text of CVAT 1.0, such as `~checkbox=parked:false`.

        There `@` is an attribute that stays, `~` one that changes from frame to frame; the first value is the default.
        """
        if not element.children and (found := _OF_VERSION_1_0.fullmatch(element.text)):
            values = [each.strip().strip('"') for each in found["values"].split(",") if each.strip()]
            default = values[0].strip() if values and found["type"] != "number" else None
            return cls(found["name"].strip(), found["type"], values, default or None, found["prefix"] == "~")
        default, mutable = element.value("default_value"), element.value("mutable")
        values = _lines(element.value("values") or "", default)
        is_mutable = None if mutable is None else mutable.lower() in ("true", "1")
        return cls(element.value("name") or "", element.value("input_type") or "text", values, default, is_mutable)


@dataclass(slots=True)
class Specs:
    """The attributes of all labels, by label and, for the points of a skeleton, by its label."""

    _known: dict[tuple[str | None, str], dict[str, Spec]] = field(default_factory=dict)

    def add(self, label: str, attributes: Mapping[str, Spec], skeleton: str | None = None) -> None:
        self._known[skeleton, label] = dict(attributes)

    def of(self, label: str, skeleton: str | None = None) -> Mapping[str, Spec]:
        """Return the attributes of a label by the name that the file gives them."""
        return self._known.get((skeleton, label), {})


def alias_of(name: str, taken: Iterable[str]) -> str:
    """Return a name that the catalog takes: the given one, or one like it that is not taken yet."""
    plain = _REFUSED.sub("_", name)[:64]
    if not _NAME.fullmatch(plain):
        plain = f"a{plain}"[:64]
    taken = set(taken)
    found, number_ = plain, 2
    while found in taken:
        end = f"_{number_}"
        found, number_ = plain[: 64 - len(end)] + end, number_ + 1
    return found


def set_values(body: dict[str, Any], element: Element, specs: Mapping[str, Spec], extra: dict[str, Any]) -> None:
    """Set the attributes of a shape; those that the catalog cannot hold go to `extra` as `[name, text]`."""
    values: dict[str, Any] = {}
    names: dict[str, str] = {}
    rest: list[list[str]] = []
    size = 0
    for each in element.all("attribute"):
        name, text = each.attributes.get("name", ""), each.text
        spec = specs.get(name.strip()) or Spec(alias_of(name, ()), "text")
        size += len(json.dumps([spec.alias, text]))
        fits = name and len(text) <= MAX_TEXT and len(values) < MAX_VALUES and size <= MAX_BYTES
        if not fits or spec.alias in values or "\0" in text:
            rest.append([name, text])
            continue
        values[spec.alias] = value_of(text, spec.input_type)
        if spec.alias != name:
            names[spec.alias] = name
    if values:
        body["attributes"] = values
    if names:
        extra["attribute_names"] = names
    if rest:
        extra["attributes"] = rest


def value_of(text: str, input_type: str) -> str | bool | int | float:
    """Return the value of an attribute by its type; the text where it is none of that type."""
    try:
        match input_type:
            case "checkbox":
                return flag(text, "checkbox")
            case "number":
                return number(text, "number")
    except Refused:
        return text
    return text


def attribute_of(given: Declaration, taken: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an attribute of a label in the words of a label schema, and the members without such a word."""
    name, input_type, texts = given.name, given.input_type, given.values
    extra: dict[str, Any] = {}
    known: dict[str, Any] = {"name": alias_of(name, taken), "input_type": input_type}
    if known["name"] != name:
        extra["name"] = name
    if input_type not in INPUT_TYPES or (input_type in ("select", "radio") and not 0 < len(texts) <= MAX_CHOICES):
        extra |= {"input_type": input_type, "values": texts}
        known["input_type"] = "text"
    elif input_type in ("select", "radio"):
        known["values"] = texts
    elif input_type == "number":
        _set_limits(known, texts, extra)
    elif texts:
        extra["values"] = texts
    _set_default(known, given.default, extra)
    if given.mutable is not None:
        known["mutable"] = given.mutable
    return known, extra


def _lines(text: str, default: str | None) -> list[str]:
    """Return the values of an attribute, a line each; words where the default is a word of the only line."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) == 1 and default not in lines and default in lines[0].split():
        return lines[0].split()
    return lines


def _set_limits(known: dict[str, Any], texts: list[str], extra: dict[str, Any]) -> None:
    """Set minimum and maximum of a number, which CVAT writes as lines: minimum, maximum, step."""
    try:
        low, high, step = (number(text, "values") for text in texts)
    except (Refused, ValueError):
        extra["values"] = texts
        return
    if low > high:
        extra["values"] = texts
        return
    known |= {"minimum": low, "maximum": high}
    extra["step"] = step


def _set_default(known: dict[str, Any], text: str | None, extra: dict[str, Any]) -> None:
    """Set the default value where it is one of the attribute; CVAT's own may be empty."""
    if text is None:
        return
    value = value_of(text, known["input_type"])
    match known["input_type"]:
        case "select" | "radio":
            fits = value in known["values"]
        case "checkbox":
            fits = isinstance(value, bool)
        case "number":
            low, high = known.get("minimum"), known.get("maximum")
            fits = not isinstance(value, str) and (low is None or low <= value) and (high is None or value <= high)
        case _:
            fits = bool(text) and len(text) <= MAX_TEXT
    if fits:
        known["default"] = value
    elif text:
        extra["default_value"] = text
