"""Makes derivatives: of every ready asset (messages of a queue), and at the first request (direct invocation)."""

import functools
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from foveal.aws.s3 import S3
from foveal.database.client import database
from foveal.derivatives.recipes import Renditions
from foveal.objects.buckets import Buckets, import_buckets
from foveal.render.batch import failed_messages, rendered
from foveal.render.isolation import limits
from foveal.render.isolation.client import Drawings
from foveal.render.renderer import Renderer
from foveal.settings import Environment, RenderSettings

logger = Logger()
settings = RenderSettings.from_environment(Environment())


@functools.cache
def renderer() -> Renderer:
    limits.hide_process()  # its environment holds credentials, and processes of drawings are of the same user
    return Renderer(
        database(settings.mongo),
        Buckets(S3(settings.bucket), import_buckets(settings.import_buckets)),
        Renditions.from_json(settings.renditions),
        Drawings(),
        settings.derived_expire_after_days,
    )


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Return the failed messages of a batch; of `{"renders": [{"asset_id", "query", "waits"}]}` each key or problem."""
    database(settings.mongo)  # raises for one that has no schema any more
    if "renders" in event:
        return {"renders": rendered(renderer(), event["renders"], logger)}
    failed = failed_messages(renderer(), event["Records"], logger)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
