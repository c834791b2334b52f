"""Strict request models: the base class of every request body, and validation errors as InvalidRequest."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from foveal.errors import InvalidRequest
from foveal.validation import unknown_fields

MAX_ERRORS = 20
ModelType = TypeVar("ModelType", bound=BaseModel)


class Model(BaseModel):
    """Base of every value that a caller sends: unknown fields are refused, nothing is coerced, instances are frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def validated(model: type[ModelType], value: Any) -> ModelType:
    """Return the value as a model, or raise InvalidRequest that names each field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = [{"field": field or "body", "message": message} for field, message in errors_of(error, model)]
        first = errors[0]
        raise InvalidRequest(f"{first['field']}: {first['message']}", errors=errors) from None


def errors_of(error: ValidationError, of: unknown_fields.Of) -> list[tuple[str, str]]:
    """Return the first errors as (field, message), short whatever the caller has sent: both may repeat its words."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_ERRORS]
    return [(shortened(".".join(map(str, each["loc"])), 100), shortened(_message(each, of), 600)) for each in found]


def _message(error: ErrorDetails, of: unknown_fields.Of) -> str:
    if error["type"] == "extra_forbidden":
        return unknown_fields.instead_of(of, error["loc"])
    return error["msg"].removeprefix("Value error, ")  # pydantic's word before our own


def shortened(text: str, characters: int) -> str:
    """Return a text, cut off where it is longer than so many characters."""
    return text if len(text) <= characters else f"{text[:characters]}…"
