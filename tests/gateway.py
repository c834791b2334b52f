"""Events of an API Gateway HTTP API, payload format 2.0, for tests and benchmarks."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

NO_BODY = object()
Query = Mapping[str, str] | Sequence[tuple[str, str]]


def claims(groups: str, subject: str = "user-1") -> dict[str, str]:
    """Return the claims of an access token as the gateway hands them over: `groups` is "zoo:editor cats:viewer"."""
    return {"sub": subject, "cognito:groups": f"[{groups}]"}


def gateway_event(
    route: str,
    path: Mapping[str, str] | None = None,
    body: Any = NO_BODY,
    *,
    query: Query | None = None,
    headers: Mapping[str, str] | None = None,
    authorized: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the event of one call.

    Args:
        route: Route key, `POST /v1/projects/{project}/uploads`.
        path: Values of the route's path parameters.
        body: Text is sent as it is, bytes as base64 (as the gateway sends what is not text), all else as JSON.
        query: Query parameters; as pairs, a name may be repeated, and its values are joined as the gateway does.
        headers: Header fields, names in lower case.
        authorized: Claims of the token that the authorizer accepted; None for a route without one.
    """
    context: dict[str, Any] = {"requestId": "request-1"}
    pairs = list(query.items()) if isinstance(query, Mapping) else list(query or ())
    if authorized is not None:
        context["authorizer"] = {"jwt": {"claims": dict(authorized)}}
    return {
        "version": "2.0",
        "routeKey": route,
        "pathParameters": dict(path or {}),
        "queryStringParameters": _joined(pairs),
        "rawQueryString": urlencode(pairs),
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": context,
        **_encoded(body),
    }


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {name: ",".join(text for other, text in pairs if other == name) for name, _ in pairs}


def _encoded(body: Any) -> dict[str, Any]:
    if body is NO_BODY:
        return {"body": None, "isBase64Encoded": False}
    if isinstance(body, bytes):
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return {"body": body if isinstance(body, str) else json.dumps(body), "isBase64Encoded": False}
