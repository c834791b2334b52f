"""Pages that fit into an answer of Lambda."""

from collections.abc import Callable
from typing import Final

from foveal.api.gateway import Response
from foveal.database.client import Document
from foveal.json_text import plain_dumps

MAX_ANSWER_BYTES: Final = 6_000_000
"""Lambda's limit for an answer is 6 MiB (its quotas, "Invocation payload"), in which the body is one JSON string."""


def page_response(read: Callable[[int], Document], limit: int) -> Response:
    """Return a page of `limit` documents, or of as many as fit into an answer; the next page goes on after them."""
    while True:
        text = plain_dumps(read(limit))
        size = len(text.encode()) + text.count('"') + text.count("\\")
        if size <= MAX_ANSWER_BYTES or limit == 1:
            return Response(text, headers={"content-type": "application/json"})
        limit = max(1, limit * MAX_ANSWER_BYTES // size * 3 // 4)
