"""Errors of a stage file: one line for each wrong setting, with what to do and without the value.

A value may be a password in the wrong place, and errors end in the logs of a build. Only numbers that are out of their
bounds are repeated.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

_CREDENTIALS: Final = re.compile(r"://[^\s/@]+:[^\s]*@")
_MOVED: Final[dict[tuple[int | str, ...], str]] = {("uploads", "reserved_concurrency"): "reserved_concurrency.uploads"}
_BOUNDS: Final = {
    "greater_than_equal": "must be at least {ge} (is {value})",
    "less_than_equal": "must be at most {le} (is {value})",
    "too_short": "must have at least {min_length} entry",
    "too_long": "must have at most {max_length} entries",
    "string_too_short": "must not be empty",
}
_TYPES: Final = {
    "tuple_type": "must be a list, in square brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "string_type": "must be text, in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}


def explain(model: type[BaseModel], error: ValidationError) -> list[str]:
    """Return one line for each wrong setting: `section.setting: what is wrong; what to do`."""
    errors = error.errors(include_url=False)
    inner = {each["loc"][:length] for each in errors for length in range(1, len(each["loc"]))}
    return [_explain(model, each) for each in errors if each["loc"] not in inner]  # one entry is wrong, not the list


def credentials(values: Mapping[str, Any]) -> list[str]:
    """Return one line for each text that holds a user name and a password, wherever it stands in the file."""
    return [
        f"{setting}: must hold no credentials; put the URI into a secret and name it in mongodb.secret_name"
        for setting, text in _texts(values, ())
        if _CREDENTIALS.search(text)
    ]


def _explain(model: type[BaseModel], error: Any) -> str:
    location = tuple(error["loc"])
    name = _written(location)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"{name}: {_unknown(model, location)}"
    if kind == "missing":
        return f"{name}: is needed; add it"
    if kind == "literal_error":
        message = f"must be {context['expected']}"
    elif kind in _BOUNDS:
        message = _BOUNDS[kind].format(**context, value=error["input"])
    elif kind == "value_error":
        message = str(context["error"])
    else:
        message = _TYPES.get(kind, "has a value of another kind; docs/settings.md shows an example")
    return f"{name}: {message}" if name else message


def _unknown(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """Return what may have been meant by a name that the section does not have."""
    if location in _MOVED:
        return f"write {_MOVED[location]} in its place"
    name, section = str(location[-1]), ".".join(str(part) for part in location[:-1])
    settings = dict(_settings(model))
    if name in settings.get("", []) and section:
        return "is no setting of this section but of the whole stage: move it above the first [section]"
    owners = [owner for owner, names in settings.items() if name in names]
    if owners:
        return f"is a setting of [{owners[0]}]: move it there"
    near = difflib.get_close_matches(name, settings.get(section, []), n=1)
    if near:
        return f"no such setting; did you mean {near[0]}?"
    elsewhere = {each: owner for owner, names in settings.items() for each in names}
    near = difflib.get_close_matches(name, elsewhere, n=1)
    if near:
        owner = elsewhere[near[0]]
        return f"no such setting; did you mean {owner + '.' if owner else ''}{near[0]}?"
    return "no such setting; take it out"


def _settings(model: type[BaseModel], section: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield each section, the file itself as an empty name, with the names of its settings."""
    yield section, list(model.model_fields)
    for name, field in model.model_fields.items():
        for annotation in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                yield from _settings(annotation, f"{section}.{name}".removeprefix("."))


def _written(location: tuple[int | str, ...]) -> str:
    """Return `section.setting`, with `(item 1)` for the first entry of a list."""
    names = [str(part) for part in location if isinstance(part, str) and part != "[key]"]
    items = [f" (item {part + 1})" for part in location if isinstance(part, int)]
    return ".".join(names) + "".join(items)


def _texts(value: Any, location: tuple[int | str, ...]) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield _written(location), value
        case Mapping():
            for name, each in value.items():
                yield from _texts(each, (*location, name))
        case list() | tuple():
            for index, each in enumerate(value):
                yield from _texts(each, (*location, index))
