"""CloudFront's origins: HTTP APIs, and buckets behind origin access control, served in this process.

MiniStack refuses to dial the host of an HTTP API (cloudfront.py:5925), and at a bucket it forgets the query and the
conditions of the policy (s3.py:5716).
"""

import http.client
import re
from typing import Any, Final
from urllib.parse import parse_qs, unquote

Response = tuple[int, dict[str, Any], bytes]
EXECUTE_API: Final = re.compile(r"([a-z0-9]{8,10})\.execute-api\.[a-z0-9-]+\.amazonaws\.com")

USES: Final = {
    "ministack.app": ("_handle_execute_api_request",),
    "ministack.core.iam_actions": ("s3_service_context",),
    "ministack.core.iam_evaluator": ("EvalContext", "evaluate_resource_policy"),
    "ministack.core.responses": ("get_account_id", "get_region"),
    "ministack.services.cloudfront": (
        *("_fetch_from_origin", "_origin_x_forwarded_for", "_multidict_from_pairs", "_s3_object_key", "run_offloop"),
    ),
    "ministack.services.s3": (
        *("_get_object", "_head_object", "_error", "_bucket_policies", "_bucket_owner_account", "request_scope"),
    ),
}


def install() -> None:
    from ministack.services import cloudfront

    original = cloudfront._fetch_from_origin

    async def fetch(
        origin: dict[str, Any],
        method: str,
        uri: str,
        query_string: str,
        headers: dict[str, str],
        body: bytes,
        viewer_is_https: bool,
        client_ip: str,
        viewer_xff: str,
        dist_arn: str,
    ) -> Any:
        api = EXECUTE_API.fullmatch(origin["domain_name"])
        if api:
            forwarded = cloudfront._origin_x_forwarded_for(viewer_xff, client_ip)
            return await _fetch_from_api(api[1], origin, method, uri, query_string, headers, body, forwarded)
        if origin.get("s3_bucket") and origin.get("oac_id"):
            status, answer, content = await cloudfront.run_offloop(
                _fetch_from_bucket, origin, method, uri, query_string, headers, dist_arn
            )
            return status, http.client.responses.get(status, ""), _lower(answer), content
        return await original(
            origin, method, uri, query_string, headers, body, viewer_is_https, client_ip, viewer_xff, dist_arn
        )

    cloudfront._fetch_from_origin = fetch


async def _fetch_from_api(
    api_id: str,
    origin: dict[str, Any],
    method: str,
    uri: str,
    query_string: str,
    headers: dict[str, str],
    body: bytes,
    forwarded_for: str,
) -> Any:
    from ministack import app

    path, host = (origin.get("origin_path") or "") + uri, f"{api_id}.execute-api.localhost"
    own = {"host": host, "x-forwarded-proto": "https", "x-forwarded-for": forwarded_for}
    sent = {name.lower(): value for name, value in headers.items()} | own
    query = parse_qs(query_string, keep_blank_values=True)
    status, answer, content = await app._handle_execute_api_request(
        host, unquote(path), method, sent, body, query, path, query_string
    )
    return status, http.client.responses.get(status, ""), _lower(answer), content


def _fetch_from_bucket(
    origin: dict[str, Any], method: str, uri: str, query_string: str, headers: dict[str, str], distribution_arn: str
) -> Response:
    """Read as CloudFront does: as its service, for one distribution, if the bucket's policy allows just that."""
    from ministack.core.iam_actions import s3_service_context
    from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import cloudfront, s3

    bucket, key = origin["s3_bucket"], cloudfront._s3_object_key(origin, uri)
    query = parse_qs(query_string, keep_blank_values=True)
    owner = s3._bucket_owner_account(bucket) or get_account_id()
    signed = {**headers, "authorization": "AWS4-HMAC-SHA256 Credential=cloudfront"}

    def is_allowed(action: str, resource: str) -> bool:
        context = s3_service_context(action, query, f"/{bucket}/{key}", signed)
        conditions = {name.lower(): value for name, value in context.items()}  # as the evaluator compares them
        conditions |= {"aws:sourcearn": distribution_arn, "aws:securetransport": "true"}
        policy = s3._bucket_policies.get_scoped(owner, None, bucket)
        request = EvalContext(
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action=action,
            resource_arn=resource,
            region=get_region(),
            service_context=conditions,
        )
        verdict = policy and evaluate_resource_policy(policy, request, service="cloudfront.amazonaws.com").decision
        return bool(verdict == "Allow")

    with s3.request_scope(owner, get_region()):
        read_action = "s3:GetObjectVersion" if "versionId" in query else "s3:GetObject"
        if not is_allowed(read_action, f"arn:aws:s3:::{bucket}/{key}"):
            refusal: Response = s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}")
            return refusal
        read = s3._head_object if method == "HEAD" else s3._get_object
        answer: Response = read(bucket, key, signed, query)
        is_hidden = answer[0] == 404 and "versionId" not in query
        if is_hidden and not is_allowed("s3:ListBucket", f"arn:aws:s3:::{bucket}"):
            absent: Response = s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}")
            return absent
    return answer


def _lower(headers: dict[str, Any]) -> dict[str, Any]:
    from ministack.services import cloudfront

    pairs = [(k, each) for k, v in headers.items() for each in (v if isinstance(v, list) else [v])]
    lowered: dict[str, Any] = cloudfront._multidict_from_pairs(pairs)
    return lowered
