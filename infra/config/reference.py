"""Reference of all settings in Markdown, made from the models of the sections."""

import inspect
import json
import textwrap
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MinLen
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from infra.config.fields import LOG_RETENTION_DAYS, Pattern, one_of_retentions
from infra.config.stage import StageConfig

_INTRODUCTION = """# Settings of a stage

Every setting of `stages/<stage>.toml`. This page is generated: `python -m tools.settings`. docs/deploy.md explains how
a stage is deployed; a wrong setting is refused before anything is synthesized, with what to do.
"""
MAX_COLUMNS = 120
_HEAD = "| setting | value | default | |\n|---|---|---|---|"
_SET_BY_THE_FILE_NAME = "stage"
Path = tuple[str, ...]


def reference() -> str:
    """Return the page."""
    parts = [_INTRODUCTION, *_section((), StageConfig)]
    return "\n".join(parts).rstrip() + "\n"


def settings(model: type[BaseModel], path: Path = ()) -> Iterator[tuple[Path, FieldInfo]]:
    """Yield the path and the field of every setting, sections left out; an entry of a table is named `<name>`."""
    for name, field in model.model_fields.items():
        if (*path, name) == (_SET_BY_THE_FILE_NAME,):
            continue
        nested, is_table = _model(field.annotation)
        if nested is None or is_table:
            yield (*path, name), field
        if nested is not None:
            yield from settings(nested, (*path, name, *(["<name>"] if is_table else [])))


def _section(path: Path, model: type[BaseModel]) -> Iterator[str]:
    title = f"## [{'.'.join(path)}]" if path else "## Above the first section"
    yield f"{title}\n\n{_paragraph(model)}\n"
    own = [each for each in settings(model, path) if len(each[0]) == len(path) + 1]
    rows = [_row(each[-1], field) for each, field in own]
    yield "\n".join([_HEAD, *rows]) + "\n"
    for name, field in model.model_fields.items():
        nested, is_table = _model(field.annotation)
        if nested is not None:
            yield from _section((*path, name, *(["<name>"] if is_table else [])), nested)


def _row(name: str, field: FieldInfo) -> str:
    default = "required" if field.is_required() else _toml(field.get_default(call_default_factory=True))
    kind = _kind(field.annotation, list(field.metadata))
    return f"| `{name}` | {kind} | {default} | {' '.join((field.description or '').split())} |"


def _model(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """Return the model of a section, and whether the setting is a table of such sections by name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    if get_origin(annotation) in (Union, types.UnionType):
        return next((found for each in get_args(annotation) if (found := _model(each))[0]), (None, False))
    if get_origin(annotation) is dict:
        return _model(get_args(annotation)[1])[0], True
    return None, False


def _kind(annotation: Any, metadata: list[Any]) -> str:
    """Return what a value looks like: its type, its bounds, an example."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0], [*metadata, *arguments[1:]])
    if origin in (Union, types.UnionType):
        return _kind(next(each for each in arguments if each is not type(None)), metadata)
    if origin is Literal:
        return ", ".join(_toml(each) for each in arguments)
    if origin is tuple:
        return f"list of {_kind(arguments[0], [])}"
    if origin is dict:
        return "table by name" if _model(arguments[1])[0] else f"table of {_kind(arguments[1], [])} by name"
    flat = [each for entry in metadata for each in getattr(entry, "metadata", [entry])]
    if any(isinstance(each, AfterValidator) and each.func is one_of_retentions for each in flat):
        return f"days: {', '.join(map(str, LOG_RETENTION_DAYS))}"
    examples = [each.func.example for each in flat if isinstance(getattr(each, "func", None), Pattern)]
    if examples:
        return f"text like `{examples[0]}`"
    if annotation is bool:
        return "`true` or `false`"
    if annotation is int:
        return f"whole number{_bounds(flat)}"
    return "text" + (", not empty" if any(isinstance(each, MinLen) for each in flat) else "")


def _bounds(metadata: list[Any]) -> str:
    lowest = next((each.ge for each in metadata if isinstance(each, Ge)), None)
    highest = next((each.le for each in metadata if isinstance(each, Le)), None)
    if lowest is not None and highest is not None:
        return f", {lowest} to {highest}"
    return f", at least {lowest}" if lowest is not None else ""


def _toml(value: Any) -> str:
    """Return a value as it is written in the file, or a dash for none."""
    if value is None or value is PydanticUndefined:
        return "–"
    return f"`{_inline(value)}`"


def _inline(value: Any) -> str:
    if isinstance(value, BaseModel):
        return _inline(value.model_dump())
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_inline(each)}" for name, each in value.items()) + " }" if value else "{}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_inline(each) for each in value) + "]"
    return json.dumps(value)


def _paragraph(model: type[BaseModel]) -> str:
    return "\n\n".join(textwrap.fill(part, MAX_COLUMNS) for part in inspect.cleandoc(model.__doc__ or "").split("\n\n"))
