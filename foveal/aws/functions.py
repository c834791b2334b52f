"""Lambda: invocation of other functions of the stack."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from foveal.aws import rest_json
from foveal.aws.errors import AwsError
from foveal.http.protocol import HttpResponse


class FunctionFailed(AwsError):
    """An invocation that ended with an error of the function itself."""


def invoke(name: str, payload: Mapping[str, Any]) -> Any:
    """Return the output of a function. Raises FunctionFailed, AwsError."""
    response = _invoke(name, payload, "RequestResponse")
    if "x-amz-function-error" in response.headers:
        raise FunctionFailed("Invoke", response.headers["x-amz-function-error"], response.status)
    return json.loads(response.body or b"null")


def invoke_async(name: str, payload: Mapping[str, Any]) -> None:
    """Queue an invocation, which Lambda runs soon and retries when it fails. Raises AwsError."""
    _invoke(name, payload, "Event")


def _invoke(name: str, payload: Mapping[str, Any], invocation_type: str) -> HttpResponse:
    path = f"/2015-03-31/functions/{quote(name, safe='')}/invocations"
    return rest_json.call("lambda", "Invoke", path, payload, headers={"X-Amz-Invocation-Type": invocation_type})
