"""The catalog's routes: parse, one call into the domain, shape the answer. One file for each kind of thing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pymongo.database import Database

from foveal.api import Request
from foveal.catalog.large_members import MaskStore
from foveal.catalog.neighbours import Engine
from foveal.catalog.operations import Author
from foveal.errors import InvalidRequest, PreconditionRequired
from foveal.mongo import Document


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
