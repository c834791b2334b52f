"""Pages that fit into an answer of Lambda."""

from collections.abc import Callable

from foveal.api.gateway import Response
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes, plain_dumps


def page_response(read: Callable[[int], Document], limit: int) -> Response:
    """Return a page of `limit` documents, or of as many as fit into an answer; the next page goes on after them."""
    while True:
        text = plain_dumps(read(limit))
        size = answer_bytes(text)
        if size <= MAX_ANSWER_BYTES or limit == 1:
            return Response(text, headers={"content-type": "application/json"})
        limit = max(1, limit * MAX_ANSWER_BYTES // size * 3 // 4)
