"""Answers to CloudFormation of functions behind custom resources."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

logger = Logger()

Properties = dict[str, Any]


def answer(
    event: dict[str, Any], context: Any, physical_id: str, work: Callable[[str, Properties], Properties]
) -> None:
    """Do the work of one request and answer it; a failure is answered too, or the stack would wait for an hour.

    `work` gets the request type (Create, Update, Delete) and the properties, and returns the attributes of the
    resource. CloudFormation deletes the old resource when the physical id changes.
    """
    kind = event["RequestType"]
    logger.info("request", extra={"request_type": kind, "logical_id": event["LogicalResourceId"]})
    given_id = physical_id if kind != "Delete" else event.get("PhysicalResourceId", physical_id)
    try:
        outcome: dict[str, Any] = {"Status": "SUCCESS", "Data": work(kind, event["ResourceProperties"])}
    except Exception as error:
        logger.exception("the request failed")
        outcome = {"Status": "FAILED", "Reason": f"{error} (log stream {context.log_stream_name})"}
        given_id = event.get("PhysicalResourceId", physical_id)
    _send(event, {"PhysicalResourceId": given_id, **outcome})


def _send(event: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Put the answer to the presigned URL that CloudFormation gave (S3 expects it without a content type)."""
    body = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")} | {"NoEcho": False} | outcome
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
        event["ResponseURL"], data=json.dumps(body).encode(), method="PUT", headers={"content-type": ""}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - the same
        logger.info("answered", extra={"status": outcome["Status"]})
