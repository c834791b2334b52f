"""Custom resource that gives CloudFormation the public key of a key pair for CloudFront signatures."""

import json
import urllib.request
from typing import Any

from aws_lambda_powertools import Logger

from foveal.delivery.key_pair import public_key_of

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> None:
    """Answer one CloudFormation request; a failure is answered too, or the stack would wait for an hour."""
    logger.info("request", extra={"request_type": event["RequestType"], "logical_id": event["LogicalResourceId"]})
    secret_arn = event["ResourceProperties"]["SecretArn"]
    answer: dict[str, Any] = {"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId", secret_arn)}
    if event["RequestType"] != "Delete":
        try:
            public_key = public_key_of(secret_arn, event["ResourceProperties"]["Algorithm"])
            answer |= {"PhysicalResourceId": secret_arn, "Data": {"PublicKey": public_key}}
        except Exception as error:
            logger.exception("no key pair")
            answer |= {"Status": "FAILED", "Reason": f"{error} (log stream {context.log_stream_name})"}
    send(event, answer)


def send(event: dict[str, Any], answer: dict[str, Any]) -> None:
    """Put the answer to the presigned URL that CloudFormation gave (S3 expects it without a content type)."""
    body = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")} | {"NoEcho": False} | answer
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
        event["ResponseURL"], data=json.dumps(body).encode(), method="PUT", headers={"content-type": ""}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - the same
        logger.info("answered", extra={"status": answer["Status"]})
