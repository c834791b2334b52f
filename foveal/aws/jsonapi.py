"""AWS services that speak JSON over one path (Secrets Manager, EventBridge, SQS)."""

import functools
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from foveal.aws import credentials, http
from foveal.aws.endpoints import service_endpoint
from foveal.aws.errors import error_of
from foveal.aws.sigv4 import Signer


def call(
    service: str, target: str, body: Mapping[str, Any], *, region: str | None = None, json_version: str = "1.1"
) -> dict[str, Any]:
    """Return the answer of one operation, for example `secretsmanager.GetSecretValue`. Raises AwsError."""
    region = region or credentials.region()
    endpoint = service_endpoint(service, region)
    payload = json.dumps(body).encode()
    digest = hashlib.sha256(payload).hexdigest()
    headers = {"Content-Type": f"application/x-amz-json-{json_version}", "X-Amz-Target": target}

    def sign() -> http.HttpRequest:
        signer = _signer(credentials.current(), region, service)
        at = datetime.now(UTC).replace(microsecond=0)  # what a second has in common is derived once
        signed = signer.sign("POST", endpoint, "/", at=at, payload_sha256=digest, headers=headers)
        return http.HttpRequest("POST", endpoint.base_path + "/", signed, payload)

    operation = target.rpartition(".")[2]
    response = http.send_with_retries(operation, http.host(endpoint.scheme, endpoint.host), sign, _error_code)
    if response.status != 200:
        raise error_of(operation, _error_code(response), response.status)
    answer: dict[str, Any] = json.loads(response.body)
    return answer


@functools.lru_cache(maxsize=8)
def _signer(signed_by: credentials.Credentials, region: str, service: str) -> Signer:
    return Signer(signed_by, region, service)


def _error_code(response: http.HttpResponse) -> str:
    if response.status == 200:
        return ""
    try:
        name = json.loads(response.body).get("__type", "")
    except (ValueError, AttributeError):
        name = ""
    return str(name or response.headers.get("x-amzn-errortype", "")).rpartition("#")[2].partition(":")[0]
