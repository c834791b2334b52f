"""Extra of an annotation: unknown keys, kept as one JSON text, since MongoDB could not look up names of any kind."""

import json
from typing import Any, Final

from foveal.errors import EntityTooLarge, InvalidRequest
from foveal.validation.values import verbatim

MAX_EXTRA_BYTES: Final = 16 * 1024


def extra_text(extra: Any) -> str | None:
    """Return the text to store of what a caller has sent. Raises InvalidRequest, EntityTooLarge."""
    if extra is None:
        return None
    try:
        text = verbatim(extra)
    except ValueError as error:
        raise InvalidRequest(f"extra: {error}.") from None
    if len(text.encode()) > MAX_EXTRA_BYTES:
        raise EntityTooLarge(f"extra is larger than {MAX_EXTRA_BYTES} bytes.")
    return text


def with_extra(annotation: dict[str, Any]) -> dict[str, Any]:
    """Return an annotation with its extra as callers know it, in place of the text."""
    return annotation | {"extra": json.loads(annotation["extra"])} if "extra" in annotation else annotation
