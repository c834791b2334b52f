"""Strict request models: the base class of every request body, and their validation."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from foveal.errors import InvalidRequest
from foveal.validation.error_texts import errors_of

ModelType = TypeVar("ModelType", bound=BaseModel)


class Model(BaseModel):
    """Base of every value that a caller sends: unknown fields are refused, nothing is coerced, instances are frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def validated(model: type[ModelType], value: Any) -> ModelType:
    """Return the value as a model, or raise InvalidRequest that names each field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = [{"field": field or "body", "message": message} for field, message in errors_of(error, model, value)]
        first = errors[0]
        raise InvalidRequest(f"{first['field']}: {first['message']}", errors=errors) from None
