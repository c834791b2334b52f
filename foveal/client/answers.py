"""Members of the API's answers, for the code that builds on them."""

from typing import Any

from foveal.client.errors import UploadError


def member(answer: Any, name: str, kind: type = object) -> Any:
    """Return a member of an answer. Raises UploadError if the answer has none, or one of another type."""
    found = answer.get(name) if isinstance(answer, dict) else None
    if found is None or not isinstance(found, kind):
        raise UploadError(
            f"The API's answer has no `{name}`: is the address of the API right, and this client current?"
        )
    return found


def tickets(answer: Any, count: int) -> list[dict[str, Any]]:
    """Return the tickets that a begin answers, one for each file. Raises UploadError for an answer of another form."""
    found: list[dict[str, Any]] = member(answer, "uploads", list)
    if len(found) != count or not all(isinstance(each, dict) for each in found):
        raise UploadError(f"The API answered {len(found)} tickets for {count} files; none of these files is sent.")
    return found
