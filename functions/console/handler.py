"""Custom resource that puts the console's files and settings into their bucket."""

import json
from pathlib import Path
from typing import Any

from foveal.aws.custom_resources import Properties, answer
from foveal.console import site
from foveal.settings import ConsoleSettings, Environment

settings = ConsoleSettings.from_environment(Environment())
FILES = Path(__file__).with_name("site")


def handler(event: dict[str, Any], context: Any) -> None:
    """Answer one CloudFormation request."""
    answer(event, context, event["ResourceProperties"]["Bucket"], _work)


def _work(kind: str, properties: Properties) -> Properties:
    """Publish settings and files, or empty the bucket. The local stack deploys before there are files."""
    import boto3  # part of the runtime

    s3, bucket = boto3.client("s3"), properties["Bucket"]
    if kind == "Delete":
        site.empty(s3, bucket)
        return {}
    site.write_settings(s3, bucket, json.loads(properties["Settings"]), settings.issuer_origin)
    if FILES.is_dir():
        site.publish(s3, bucket, FILES)
    return {}
