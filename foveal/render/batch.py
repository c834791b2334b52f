"""Batches of renders: every record and every request has an outcome of its own.

A problem is an outcome: it would be the same at the next attempt, so that its message is handled. Any other error may
pass, so that its message is delivered again, and the caller of a request is told that it failed here.
"""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from aws_lambda_powertools import Logger

from foveal.errors import InternalError, Problem, ServiceUnavailable
from foveal.render.isolation import limits
from foveal.render.renderer import Renderer

MAX_BATCH_SECONDS: Final = 90
"""After this the rest of a batch is left to another attempt; the function ends after 120 seconds."""


def failed_messages(renderer: Renderer, records: Iterable[Mapping[str, Any]], logger: Logger) -> list[str]:
    """Make the automatic derivatives of the assets in a queue's `AssetReady` records.

    Return the ids of the messages that are to be delivered again.
    """
    return [record["messageId"] for record in records if not _is_handled(renderer, record, logger)]


def rendered(renderer: Renderer, requests: Iterable[Mapping[str, Any]], logger: Logger) -> list[dict[str, Any]]:
    """Make the derivative of each request `{"asset_id", "query"}`, and `"waits": true` for a caller who waits for it.

    Return for each its `key`, or its `problem` as a document.
    """
    ends_at = time.monotonic() + MAX_BATCH_SECONDS
    return [_answer(renderer, request, logger, is_late=time.monotonic() > ends_at) for request in requests]


def _answer(renderer: Renderer, request: Mapping[str, Any], logger: Logger, *, is_late: bool) -> dict[str, Any]:
    if is_late:
        return {"problem": ServiceUnavailable("The renders before this one took too long; ask again.").document()}
    asset_id = request["asset_id"]
    patience_seconds = limits.MAX_PATIENCE_SECONDS if request.get("waits") else None
    try:
        return {"key": renderer.make_requested(asset_id, request["query"], patience_seconds)}
    except Problem as problem:
        return {"problem": problem.document()}
    except Exception as error:  # it is this request's, and the others have theirs
        logger.exception("render failed", extra={"asset_id": asset_id, "error_type": type(error).__name__})
        return {"problem": InternalError("The derivative could not be made; ask again.").document()}


def _is_handled(renderer: Renderer, record: Mapping[str, Any], logger: Logger) -> bool:
    asset_id = None
    try:
        asset_id = json.loads(record["body"])["detail"]["asset_id"]
        keys = renderer.make_automatic(asset_id)
    except Problem as problem:
        logger.warning("not rendered", extra={"asset_id": asset_id, "code": problem.code})
        return True
    except Exception as error:
        logger.exception("render failed", extra={"asset_id": asset_id, "error_type": type(error).__name__})
        return False
    logger.info("rendered", extra={"asset_id": asset_id, "count": len(keys)})
    return True
