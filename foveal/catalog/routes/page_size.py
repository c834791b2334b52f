"""Pages that fit into an answer of Lambda."""

from collections.abc import Callable

from foveal.api.gateway import Response
from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES, answer_bytes, plain_dumps


def page_response(read: Callable[[int], Document], limit: int) -> Response:
    """Return a page of `limit` documents, or of as many as fit into an answer; the next page goes on after them."""
    _, text = fitting_page(read, limit)
    return Response(text, headers={"content-type": "application/json"})


def fitting_page(read: Callable[[int], Document], limit: int, *, bytes_beside_item: int = 0) -> tuple[Document, str]:
    """Return a page of `limit` documents, or of as many as fit into an answer, and its JSON text.

    `bytes_beside_item` is the space to leave for what is added to each document afterwards.
    """
    while True:
        page = read(limit)
        text = plain_dumps(page)
        size = answer_bytes(text) + bytes_beside_item * len(page["items"])
        if size <= MAX_ANSWER_BYTES or limit == 1:
            return page, text
        limit = max(1, limit * MAX_ANSWER_BYTES // size * 3 // 4)
