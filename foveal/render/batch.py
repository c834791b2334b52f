"""Batches of renders: every record and every request has an outcome of its own.

A problem is an outcome: it would be the same at the next attempt, so that its message is handled. Any other error may
pass, so that its message is delivered again.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from foveal.errors import Problem
from foveal.render.renderer import Renderer


def failed_messages(renderer: Renderer, records: Iterable[Mapping[str, Any]], logger: Logger) -> list[str]:
    """Make the automatic derivatives of the assets in a queue's `AssetReady` records.

    Return the ids of the messages that are to be delivered again.
    """
    return [record["messageId"] for record in records if not _is_handled(renderer, record, logger)]


def rendered(renderer: Renderer, request: Mapping[str, Any]) -> dict[str, Any]:
    """Make the derivative of a request `{"asset_id", "query"}`; return its `key`, or its `problem` as a document."""
    try:
        return {"key": renderer.make_requested(request["asset_id"], request["query"])}
    except Problem as problem:
        return {"problem": problem.document()}


def _is_handled(renderer: Renderer, record: Mapping[str, Any], logger: Logger) -> bool:
    asset_id = json.loads(record["body"])["detail"]["asset_id"]
    try:
        keys = renderer.make_automatic(asset_id)
    except Problem as problem:
        logger.warning("not rendered", extra={"asset_id": asset_id, "code": problem.code})
        return True
    except Exception as error:
        logger.exception("render failed", extra={"asset_id": asset_id, "error_type": type(error).__name__})
        return False
    logger.info("rendered", extra={"asset_id": asset_id, "count": len(keys)})
    return True
