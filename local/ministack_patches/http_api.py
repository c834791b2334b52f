"""HTTP APIs: throttling, access logs, limits, a failed function's answer, CORS on an early answer."""

import base64
import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local.ministack_patches import payload_limits

Answer = tuple[int, dict[str, Any], Any]
JSON: Final = {"Content-Type": "application/json"}
VARIABLE: Final = re.compile(r"\$context\.([A-Za-z0-9_.]+)")

USES: Final = {
    "ministack.services.apigateway": (
        *("handle_execute", "find_api_scope", "request_scope", "_apis", "_stages", "_match_route"),
        *("_cors_response_headers", "_validate_jwt_authorizer"),
    ),
    "ministack.services.cloudwatch_logs": ("_log_groups", "_put_log_events"),
}


@dataclass(slots=True)
class TokenBucket:
    """Admits `rate` requests a second and `burst` at once."""

    rate: float
    burst: float
    tokens: float = field(init=False)
    filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens, self.filled_at = self.burst, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def install() -> None:
    from ministack.services import apigateway

    original = apigateway.handle_execute
    validate = apigateway._validate_jwt_authorizer

    async def validate_jwt_authorizer(*arguments: Any) -> tuple[dict[str, Any] | None, Any, Any]:
        claims, scopes, error = await validate(*arguments)
        return (claims if claims is None else as_gateway_claims(claims)), scopes, error

    apigateway._validate_jwt_authorizer = validate_jwt_authorizer
    buckets: dict[tuple[str, str, str, float, float], TokenBucket] = {}

    async def handle_execute(
        api_id: str,
        stage: str,
        path: str,
        method: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, list[str]],
        raw_query_string: str | None = None,
    ) -> Answer:
        def proceed() -> Any:
            return original(api_id, stage, path, method, headers, body, query_params, raw_query_string=raw_query_string)

        scope = apigateway.find_api_scope(api_id)
        if scope is None:
            answer: Answer = await proceed()
            return answer
        started_at = time.time()
        with apigateway.request_scope(*scope):
            settings = apigateway._stages.get(api_id, {}).get(stage) or {}
            route_key = (apigateway._match_route(api_id, method, "/" + path.lstrip("/")) or {}).get("routeKey", "")
            cors = (apigateway._apis.get(api_id) or {}).get("corsConfiguration")
        rate, burst = _throttle(settings, route_key)
        is_admitted = (
            not rate
            or method == "OPTIONS"
            or buckets.setdefault((api_id, stage, route_key, rate, burst), TokenBucket(rate, burst)).take()
        )
        if is_admitted:
            refusal = payload_limits.request_refusal(headers, body)
            answer = refusal or payload_limits.within_limit(as_gateway_answers(await proceed()))
        else:
            answer = (429, dict(JSON), b'{"message":"Too Many Requests"}')
        if cors and not any(name.lower() == "access-control-allow-origin" for name in answer[1]):
            # the authorizer's 401 and 403 return before apigateway.py:1525 adds these
            answer[1].update(apigateway._cors_response_headers(cors, headers.get("origin", "")))
        request_id = answer[1].setdefault("apigw-requestid", uuid.uuid4().hex[:16])
        access = _either(settings, "AccessLogSettings") or {}
        if access:
            values = {
                "requestId": request_id,
                "requestTimeEpoch": str(int(started_at * 1000)),
                "routeKey": route_key,
                "stage": stage,
                "httpMethod": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "status": str(answer[0]),
                "responseLength": str(len(answer[2] or b"")),
                "responseLatency": str(int((time.time() - started_at) * 1000)),
                "identity.sourceIp": "127.0.0.1",
                "authorizer.claims.sub": "-" if answer[0] == 401 else subject(headers),
            }
            with apigateway.request_scope(*scope):
                _log(str(_either(access, "DestinationArn")), access_line(str(_either(access, "Format")), values))
        return answer

    apigateway.handle_execute = handle_execute


def as_gateway_answers(answer: Answer) -> Answer:
    """Return what API Gateway says for a function that failed: MiniStack shows the function's own error, with a 502."""
    status, headers, body = answer
    if status != 502 or b'"errorType"' not in (body or b""):
        return answer
    kept = {name: value for name, value in headers.items() if name.lower().startswith("access-control")}
    return 500, {**JSON, **kept}, b'{"message":"Internal Server Error"}'


def as_gateway_claims(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return claims as API Gateway passes them on: each is text, and a list is its entries with spaces in brackets."""
    return {name: _claim_text(value) for name, value in claims.items()}


def _claim_text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{' '.join(map(_claim_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def subject(headers: Mapping[str, str]) -> str:
    """Return the subject of a request's token, which the authorizer has verified by now; `-` without one."""
    payload = headers.get("authorization", "").partition(".")[2].partition(".")[0]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["sub"])
    except (ValueError, KeyError, TypeError):
        return "-"


def access_line(template: str, values: Mapping[str, str]) -> str:
    """Fill `$context.…` in; a value that is unknown here is `-`, as API Gateway writes it."""
    return VARIABLE.sub(lambda found: json.dumps(values.get(found[1], "-"))[1:-1], template)


def _throttle(settings: Mapping[str, Any], route_key: str) -> tuple[float, float]:
    chosen = (settings.get("routeSettings") or {}).get(route_key) or _either(settings, "DefaultRouteSettings") or {}
    rate = float(_either(chosen, "ThrottlingRateLimit") or 0)
    return rate, float(_either(chosen, "ThrottlingBurstLimit") or rate)


def _either(settings: Mapping[str, Any], name: str) -> Any:
    """Return a setting by its name in templates or in the API: MiniStack keeps the one that it was given."""
    return settings.get(name, settings.get(name[:1].lower() + name[1:]))


def _log(destination_arn: str, line: str) -> None:
    from ministack.services import cloudwatch_logs

    group = destination_arn.partition(":log-group:")[2].removesuffix(":*")
    if group not in cloudwatch_logs._log_groups:
        return
    now = int(time.time() * 1000)
    unused = {"firstEventTimestamp": None, "lastEventTimestamp": None, "lastIngestionTime": None}
    stream: dict[str, Any] = {"events": [], "uploadSequenceToken": "1", "creationTime": now, **unused}
    cloudwatch_logs._log_groups[group]["streams"].setdefault("access", stream)
    events = [{"timestamp": now, "message": line}]
    cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": "access", "logEvents": events})
