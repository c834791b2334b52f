"""Validation errors in the words of the API: the place as the caller wrote it, and one message for each place.

pydantic names the alternatives of unions in its places, and has an error for each alternative that does not fit.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from foveal.validation import unknown_fields

MAX_ERRORS: Final = 20
_TOLD_ERRORS: Final = 10
_DISCRIMINATORS: Final = ("type", "op")
"""Members whose value tells which alternative of a union is meant; pydantic puts that value into places."""
_KINDS: Final = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
_REWRITTEN: Final = (
    (re.compile(r"^Value error, "), ""),  # pydantic's words before our own
    (re.compile(r"^Field required$"), "is required"),
    (re.compile(r"^(Input|String|List|Dictionary|Value) should "), "must "),
    (re.compile(r" after validation"), ""),
    (re.compile(re.escape(r"match pattern '^[^\x00]*$'")), "not contain NUL characters"),
)


def errors_of(error: ValidationError, of: unknown_fields.Of, raw: Any) -> list[tuple[str, str]]:
    """Return the first errors in a value as (place, message), short however long it is: both may repeat its words."""
    by_place: dict[tuple[str, ...], list[ErrorDetails]] = {}
    for each in error.errors(include_url=False, include_input=False):
        by_place.setdefault(_place(each, raw), []).append(each)
    implied = _implied(by_place)
    told = itertools.islice(((place, each) for place, each in by_place.items() if place not in implied), MAX_ERRORS)
    return [(shortened(".".join(place), 100), shortened(_message(errors, of), 600)) for place, errors in told]


def text_of_errors(error: ValidationError, of: unknown_fields.Of, raw: Any, whole: str) -> str:
    """Return the first errors in a value in one text; `whole` is the name of the value itself."""
    told = dict.fromkeys(f"{place or whole}: {message}" for place, message in errors_of(error, of, raw)[:_TOLD_ERRORS])
    return shortened("; ".join(told), 2_000)


def text_of(error: ErrorDetails) -> str:
    """Return the message of one error."""
    if error["type"] in _KINDS:
        return f"must be {_KINDS[error['type']]}"
    if error["type"] == "union_tag_invalid":
        return f"{error['ctx']['discriminator']} must be one of {error['ctx']['expected_tags']}"
    text = error["msg"]
    for pattern, replacement in _REWRITTEN:
        text = pattern.sub(replacement, text)
    return f"the name {text}" if error["loc"][-1:] == ("[key]",) else text


def shortened(text: str, characters: int) -> str:
    """Return a text, cut off where it is longer than so many characters."""
    return text if len(text) <= characters else f"{text[:characters]}…"


def _message(errors: Sequence[ErrorDetails], of: unknown_fields.Of) -> str:
    """Return one message for the errors at a place: of alternatives of another kind only where no other fits better."""
    first = next((each for each in errors if each["type"] not in _KINDS), None)
    if first is not None:
        is_unknown = first["type"] == "extra_forbidden"
        return unknown_fields.instead_of(of, first["loc"]) if is_unknown else text_of(first)
    kinds = list(dict.fromkeys(_KINDS[each["type"]] for each in errors))
    if "a number" in kinds and "a whole number" in kinds:
        kinds.remove("a whole number")
    return f"must be {' or '.join([', '.join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)}"


def _implied(places: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Return the places within which there are other errors: then they are of the alternative that was meant.

    In order, a place is directly before those within it.
    """
    return {place for place, after in itertools.pairwise(sorted(places)) if after[: len(place)] == place}


def _place(error: ErrorDetails, raw: Any) -> tuple[str, ...]:
    """Return the parts of a place that lead into the value, without the names of alternatives."""
    place: list[str] = []
    value, is_chosen = raw, False
    for part in error["loc"]:
        if isinstance(value, dict) and not is_chosen and part in [value.get(name) for name in _DISCRIMINATORS]:
            is_chosen = True
        elif part in (value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()):
            place.append(str(part))
            value, is_chosen = value[part], False
    if error["type"] == "missing":
        place.append(str(error["loc"][-1]))
    return tuple(place)
