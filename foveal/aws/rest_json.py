"""Calls of AWS services that speak JSON: signed, sent with retries, errors typed.

REST services have a path for each operation; services of the AWS JSON protocol have one path and name the operation
in the header `X-Amz-Target` (Smithy specification, "AWS restJson1 protocol" and "AWS JSON 1.1 protocol").
"""

import functools
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from foveal.aws import credentials
from foveal.aws.endpoints import service_endpoint
from foveal.aws.errors import error_of
from foveal.aws.retries import send_with_retries
from foveal.aws.sigv4 import NOTHING, Signer
from foveal.http.pool import connection_pool
from foveal.http.protocol import HttpRequest, HttpResponse


def call_target(
    service: str, target: str, body: Mapping[str, Any], *, region: str | None = None, json_version: str = "1.1"
) -> dict[str, Any]:
    """Return the output of an operation of the AWS JSON protocol, for example `secretsmanager.GetSecretValue`.

    Raises AwsError.
    """
    headers = {"Content-Type": f"application/x-amz-json-{json_version}", "X-Amz-Target": target}
    response = call(service, target.rpartition(".")[2], "/", body, headers=headers, region=region)
    output: dict[str, Any] = json.loads(response.body)
    return output


def call(
    service: str,
    operation: str,
    path: str,
    body: Mapping[str, Any],
    *,
    headers: Mapping[str, str] = NOTHING,
    region: str | None = None,
) -> HttpResponse:
    """Return the response to one POST; `path` is encoded. Raises AwsError."""
    region = region or credentials.region()
    endpoint = service_endpoint(service, region)
    payload = json.dumps(body).encode()
    digest = hashlib.sha256(payload).hexdigest()
    all_headers = {"Content-Type": "application/json", **headers}

    def sign() -> HttpRequest:
        signer = _signer(credentials.current(), region, service)
        at = datetime.now(UTC).replace(microsecond=0)  # signatures of one second share their signing key
        signed = signer.sign("POST", endpoint, path, at=at, payload_sha256=digest, headers=all_headers)
        return HttpRequest("POST", endpoint.base_path + path, signed, payload)

    response = send_with_retries(operation, connection_pool(endpoint.scheme, endpoint.host), sign, error_code)
    if response.status >= 300:
        raise error_of(operation, error_code(response), response.status)
    return response


def error_code(response: HttpResponse) -> str:
    """Return the error code of a response, empty for a success and where none is given.

    It stands in the header `x-amzn-errortype` or in the member `__type`, perhaps with a namespace before `#` or a URL
    after `:` (Smithy specification, "Operation error serialization").
    """
    if response.status < 300:
        return ""
    code = response.headers.get("x-amzn-errortype") or _type_in(response.body)
    return code.partition(":")[0].rpartition("#")[2]


def _type_in(body: bytes) -> str:
    try:
        return str(json.loads(body).get("__type", ""))
    except (ValueError, AttributeError):
        return ""


@functools.lru_cache(maxsize=8)
def _signer(signed_by: credentials.Credentials, region: str, service: str) -> Signer:
    return Signer(signed_by, region, service)
