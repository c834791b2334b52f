"""Calls of other functions of the stack, answered or only handed over."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from foveal.aws import credentials, http
from foveal.aws.endpoints import service_endpoint
from foveal.aws.errors import AwsError, error_of
from foveal.aws.sigv4 import Signer


class FunctionFailed(AwsError):
    """The function was reached and ended with an error of its own."""


def invoke(name: str, payload: Mapping[str, Any]) -> Any:
    """Return what a function answers. Raises FunctionFailed, AwsError."""
    answer = _send(name, payload, "RequestResponse")
    if "x-amz-function-error" in answer.headers:
        raise FunctionFailed("Invoke", answer.headers["x-amz-function-error"], answer.status)
    return json.loads(answer.body or b"null")


def hand_over(name: str, payload: Mapping[str, Any]) -> None:
    """Have a function run some time soon; Lambda keeps the call until it has. Raises AwsError."""
    _send(name, payload, "Event")


def _send(name: str, payload: Mapping[str, Any], kind: str) -> http.HttpResponse:
    region = credentials.region()
    endpoint = service_endpoint("lambda", region)
    body = json.dumps(payload).encode()
    digest = hashlib.sha256(body).hexdigest()
    path = f"/2015-03-31/functions/{quote(name, safe='')}/invocations"
    headers = {"Content-Type": "application/json", "X-Amz-Invocation-Type": kind}

    def sign() -> http.HttpRequest:
        signer = Signer(credentials.current(), region, "lambda")
        signed = signer.sign("POST", endpoint, path, at=datetime.now(UTC), payload_sha256=digest, headers=headers)
        return http.HttpRequest("POST", endpoint.base_path + path, signed, body)

    answer = http.send_with_retries("Invoke", http.host(endpoint.scheme, endpoint.host), sign, _error_code)
    if answer.status not in (200, 202):
        raise error_of("Invoke", _error_code(answer), answer.status)
    return answer


def _error_code(answer: http.HttpResponse) -> str:
    return "" if answer.status < 300 else answer.headers.get("x-amzn-errortype", "").partition(":")[0]
