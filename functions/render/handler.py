"""Makes derivatives: for every asset that is ready (queue), and at once for whoever asks first (direct call)."""

import functools
import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from foveal.aws.s3 import S3
from foveal.database import client
from foveal.derivatives.recipes import Renditions
from foveal.errors import Problem
from foveal.render.renderer import Renderer
from foveal.settings import Environment, RenderSettings

logger = Logger()


@functools.cache
def renderer() -> Renderer:
    settings = RenderSettings.from_environment(Environment())
    return Renderer(
        client.database(settings.mongo),
        S3(settings.bucket),
        Renditions.from_json(settings.renditions),
        settings.derived_expire_after_days,
    )


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer a batch of the queue, or `{"renders": [{"asset_id", "query"}]}` with a key or a problem for each."""
    if "renders" in event:
        return {"renders": [answer(each) for each in event["renders"]]}
    failed = [record["messageId"] for record in event["Records"] if not handled(record)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def handled(record: Mapping[str, Any]) -> bool:
    """Make what an AssetReady calls for; False for a fault that may pass. What cannot be pictured is done with."""
    asset_id = json.loads(record["body"])["detail"]["asset_id"]
    try:
        made = renderer().make_automatic(asset_id)
    except Problem as problem:
        logger.warning("not rendered", extra={"asset_id": asset_id, "code": problem.code})
        return True
    except Exception as error:
        logger.exception("render failed", extra={"asset_id": asset_id, "error_type": type(error).__name__})
        return False
    logger.info("rendered", extra={"asset_id": asset_id, "count": len(made)})
    return True


def answer(wanted: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"key": renderer().make_requested(wanted["asset_id"], wanted["query"])}
    except Problem as problem:
        return {"problem": problem.document()}
