"""Choices, texts and numbers: about the whole asset, or about a region."""

from collections.abc import Iterator, Sequence
from typing import Any

from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio.writing.geometry import Unwritable, Value
from foveal.formats.label_studio.writing.held import is_own, own_extra
from foveal.formats.label_studio.writing.interface import Interface
from foveal.formats.label_studio.writing.regions import Body, Region

Made = dict[str, Any]


def whole_value(region: Region, losses: LossReport) -> tuple[str, Value]:
    """Return the type and the value of a statement about the whole asset. Raises Unwritable."""
    body, bodies = region.body, [each.body for each in region.annotations]
    value: Value
    match body["type"]:
        case "classification":
            paths = [_path(each) for each in bodies]
            if any(paths):
                type_ = "taxonomy"
                value = {"taxonomy": [path or [each["label"]] for path, each in zip(paths, bodies, strict=True)]}
            elif not all(each.get("label") for each in bodies):
                raise Unwritable("label", "a choice needs a label")
            else:
                type_, value = "choices", {"choices": [each["label"] for each in bodies]}
        case "caption":
            type_, value = "textarea", {"text": [each["text"] for each in bodies]}
        case _:
            type_, value = "number", {"number": body["value"]}
    for each in bodies:
        rest = dict(each.get("attributes") or {})
        if type_ == "taxonomy":
            rest.pop("path", None)
        if rest or (type_ != "textarea" and each.get("text")):
            losses.tell("not_in_format", "attributes", "Choices of the asset state nothing more.", region.pointer)
    return type_, value


def statements(body: Body, value: Value, interface: Interface, losses: LossReport, where: str) -> Iterator[Made]:
    """Yield what is stated about a region: its text, its attributes as choices and numbers."""
    place = {key: each for key, each in value.items() if key not in ("rle", "format")}
    if body.get("text"):
        control = interface.add("textarea", "text", (), is_per_region=True)
        yield {"type": "textarea", "value": place | {"text": [body["text"]]}, "from_name": control}
    names = own_extra(body).get("controls")
    names = names if isinstance(names, dict) else {}
    for alias, stated in (body.get("attributes") or {}).items():
        name = str(names.get(alias, alias))
        if isinstance(stated, int | float) and not isinstance(stated, bool):
            name = interface.add("number", name, (), is_per_region=True, is_given=is_own(body))
            yield {"type": "number", "value": place | {"number": stated}, "from_name": name}
            continue
        choices = [str(each).lower() if isinstance(each, bool) else str(each) for each in _listed(stated)]
        if not all(isinstance(each, str) for each in _listed(stated)):
            losses.tell("other_type", "attributes", "Choices are text.", where)
        name = interface.add("choices", name, choices, is_per_region=True, is_given=is_own(body))
        yield {"type": "choices", "value": place | {"choices": choices}, "from_name": name}


def _path(body: Body) -> Sequence[str] | None:
    path = (body.get("attributes") or {}).get("path")
    if not isinstance(path, list) or not all(isinstance(each, str) for each in path):
        return None
    return path if "/".join(path) == body.get("label") else None


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
