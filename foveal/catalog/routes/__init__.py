"""The catalog's routes: parse, one call into the domain, shape the answer. One file for each kind of thing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pymongo.database import Database

from foveal.api.gateway import Request, Response
from foveal.catalog.annotations.mask_objects import MaskStore
from foveal.catalog.annotations.operations import Author
from foveal.catalog.vectors.engine import Engine
from foveal.database.client import Document
from foveal.errors import InvalidRequest, PreconditionRequired
from foveal.json_text import plain_dumps

MAX_ANSWER_BYTES: Final = 6_000_000
"""Lambda's limit for an answer is 6 MiB (its quotas, "Invocation payload"), in which the body is one JSON string."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with, made on first use."""

    database: Callable[[], Database[Document]]
    token_key: Callable[[], bytes]
    engine: Callable[[], Engine]
    masks: Callable[[], MaskStore | None]
    announce: Callable[[Iterable[str]], None]
    """Publishes the events of assets that have just been annotated; raises nothing."""


def author(request: Request, tool: str | None = None) -> Author:
    """Return the caller as the author of a change now, in MongoDB's milliseconds."""
    now = datetime.now(UTC)
    return Author(request.caller.subject, now.replace(microsecond=now.microsecond // 1000 * 1000), tool)


def if_match(request: Request) -> int:
    """Return the revision in `If-Match`. Raises PreconditionRequired without one, InvalidRequest for another form."""
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequired("Send If-Match with the revision that you know, so that nobody's work is lost.")
    text = header.strip().removeprefix('"').removesuffix('"')
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        raise InvalidRequest('If-Match must be a revision in quotes, for example "3".')
    return int(text)


def page_response(read: Callable[[int], Document], limit: int) -> Response:
    """Return a page of `limit` documents, or of as many as fit into an answer; the next page goes on after them."""
    while True:
        text = plain_dumps(read(limit))
        size = len(text.encode()) + text.count('"') + text.count("\\")
        if size <= MAX_ANSWER_BYTES or limit == 1:
            return Response(text, headers={"content-type": "application/json"})
        limit = max(1, limit * MAX_ANSWER_BYTES // size * 3 // 4)
