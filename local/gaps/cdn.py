"""CloudFront's data plane: key groups, the cache, and two kinds of origin (cloudfront.py checks and keeps nothing)."""

import functools
import http.client
import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, unquote
from xml.etree.ElementTree import Element, fromstring

from local.cdn import signatures
from local.cdn.cache import Answer, Cache, Key, KeyNames, Lifetimes, key_of
from local.edge import viewer_host

Response = tuple[int, dict[str, Any], bytes]
HIT, ERROR = "Hit from cloudfront", "Error from cloudfront"
EXECUTE_API: Final = re.compile(r"([a-z0-9]{8,10})\.execute-api\.[a-z0-9-]+\.amazonaws\.com")

USES: Final = {
    "ministack.app": ("_handle_execute_api_request",),
    "ministack.core.iam_actions": ("s3_service_context",),
    "ministack.core.iam_evaluator": ("EvalContext", "evaluate_resource_policy"),
    "ministack.core.responses": ("get_account_id", "get_region"),
    "ministack.services.cloudfront": (
        *("handle_viewer_request", "_fetch_from_origin", "parse_distribution_dataplane_config", "_match_behavior"),
        *("_public_keys", "_key_groups", "_invalidations", "_cache_policies", "_MANAGED_CACHE_POLICIES"),
        *("_add_cloudfront_headers", "_origin_x_forwarded_for", "_multidict_from_pairs", "_s3_object_key"),
        *("_forwarding_predicates", "run_offloop"),
    ),
    "ministack.services.s3": (
        *("_get_object", "_head_object", "_error", "_bucket_policies", "_bucket_owner_account", "_parse_range"),
        "request_scope",
    ),
}


@dataclass(slots=True)
class _Serving:
    """The viewer request in hand: what its behavior caches, and what came of it."""

    distribution_id: str
    names: KeyNames
    lifetimes: Lifetimes
    outcome: str = ""


_serving: ContextVar[_Serving | None] = ContextVar("serving", default=None)


def install() -> None:
    from ministack.services import cloudfront

    serve, fetch = cloudfront.handle_viewer_request, _fetch_by_kind_of_origin(cloudfront._fetch_from_origin)
    cache = Cache()

    async def handle_viewer_request(
        dist: dict[str, Any],
        method: str,
        path: str,
        raw_uri: str,
        raw_query_string: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, list[str]],
        client_ip: str = "127.0.0.1",
    ) -> Response:
        """Check the signature, if the behavior has key groups; then serve, and say whether the cache had it."""
        behavior = cloudfront._match_behavior(cloudfront.parse_distribution_dataplane_config(dist), path) or {}
        query, given = signatures.split_query(raw_query_string)
        groups = trusted_key_groups(dist["config_xml"]).get(behavior.get("path_pattern"), ())
        if groups:
            try:
                signatures.verify(
                    given or signatures.from_cookies(headers.get("cookie", "")),
                    signatures.viewer(_hosts(dist), raw_uri + (f"?{query}" if query else ""), client_ip),
                    _keys(groups),
                )
            except signatures.Denied as denied:
                answer = cloudfront._add_cloudfront_headers({"content-type": "text/xml"}, ERROR)
                return 403, answer, denied.body()
        serving = _Serving(dist["Id"], _key_names(behavior), _lifetimes(behavior))
        token = _serving.set(serving)
        try:
            parameters = {name: values for name, values in query_params.items() if name not in signatures.PARAMETERS}
            status, answer, content = await serve(
                dist, method, path, raw_uri, query, headers, body, parameters, client_ip
            )
        finally:
            _serving.reset(token)
        if serving.outcome:
            answer["X-Cache"] = serving.outcome
        return status, answer, content

    async def fetch_from_origin(
        origin: dict[str, Any], method: str, uri: str, query_string: str, headers: dict[str, str], *rest: Any
    ) -> Answer:
        """Answer from the cache, or ask the origin and keep what may be kept."""
        serving = _serving.get()
        if serving is None or method not in ("GET", "HEAD") or not serving.lifetimes.is_caching:
            fetched: Answer = await fetch(origin, method, uri, query_string, headers, *rest)
            return fetched
        query = parse_qs(query_string, keep_blank_values=True)
        whole = key_of(serving.distribution_id, uri, query, headers, serving.names)
        part: Key = (*whole, headers.get("range", ""))
        invalidations = [
            each["InvalidationBatch"]["Paths"]["Items"]
            for each in cloudfront._invalidations.get(serving.distribution_id) or ()
        ]
        kept = cache.get(whole, invalidations) or (cache.get(part, invalidations) if "range" in headers else None)
        if kept is not None:
            serving.outcome = HIT if kept[0] < 400 else ERROR
            return as_asked(kept, method, headers)
        fetched = await fetch(origin, method, uri, query_string, headers, *rest)
        serving.outcome = ERROR if fetched[0] >= 400 else ""
        if method == "GET" and not isinstance(fetched[3], str):
            key = part if fetched[0] == 206 else whole
            cache.put(key, uri, fetched, serving.lifetimes.of(fetched), len(invalidations))
        return fetched

    cloudfront.handle_viewer_request = handle_viewer_request
    cloudfront._fetch_from_origin = fetch_from_origin


def as_asked(kept: Answer, method: str, headers: dict[str, str]) -> Answer:
    """Return a kept answer as this request wants it: not at all (304), a range of it, or without its body."""
    from ministack.services import s3

    status, reason, answer, body = kept
    tag = answer.get("etag")
    if tag and tag in [each.strip().removeprefix("W/") for each in headers.get("if-none-match", "").split(",")]:
        without = {name: value for name, value in answer.items() if name not in ("content-length", "content-type")}
        return 304, "Not Modified", without, b""
    if status == 200 and "range" in headers and headers.get("if-range", tag) == tag:
        span = s3._parse_range(headers["range"], len(body))
        if span is None:
            return 416, "Range Not Satisfiable", {"content-range": f"bytes */{len(body)}"}, b""
        first, last = span
        limits = {"content-range": f"bytes {first}-{last}/{len(body)}", "content-length": str(last - first + 1)}
        return 206, "Partial Content", {**answer, **limits}, b"" if method == "HEAD" else body[first : last + 1]
    return (status, reason, answer, b"") if method == "HEAD" else kept


def _fetch_by_kind_of_origin(original: Any) -> Any:
    """Serve two kinds in this process: HTTP APIs, whose AWS host MiniStack refuses to dial (cloudfront.py:5925), and
    buckets behind origin access control, where it forgets the query and the conditions of the policy (s3.py:5716)."""
    from ministack.services import cloudfront

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

    return fetch


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
    action = "s3:GetObjectVersion" if "versionId" in query else "s3:GetObject"
    owner = s3._bucket_owner_account(bucket) or get_account_id()
    signed = {**headers, "authorization": "AWS4-HMAC-SHA256 Credential=cloudfront"}
    with s3.request_scope(owner, get_region()):
        context = s3_service_context(action, query, f"/{bucket}/{key}", signed)
        conditions = {name.lower(): value for name, value in context.items()}  # as the evaluator compares them
        conditions |= {"aws:sourcearn": distribution_arn, "aws:securetransport": "true"}
        policy = s3._bucket_policies.get_scoped(owner, None, bucket)
        request = EvalContext(
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action=action,
            resource_arn=f"arn:aws:s3:::{bucket}/{key}",
            region=get_region(),
            service_context=conditions,
        )
        verdict = policy and evaluate_resource_policy(policy, request, service="cloudfront.amazonaws.com").decision
        if verdict != "Allow":
            refusal: Response = s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}")
            return refusal
        read = s3._head_object if method == "HEAD" else s3._get_object
        answer: Response = read(bucket, key, signed, query)
    if answer[0] == 404 and "versionId" not in query:  # S3 hides what is absent from who may not list
        absent: Response = s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}")
        return absent
    return answer


@functools.lru_cache(maxsize=8)
def trusted_key_groups(config_xml: str) -> dict[str | None, tuple[str, ...]]:
    """Return the key group ids of each behavior by its path pattern (None: the default one)."""

    def text(element: Element, tag: str) -> str | None:
        return next((child.text for child in element if _local(child) == tag), None)

    def groups(behavior: Element) -> tuple[str, ...]:
        trusted = [child for child in behavior if _local(child) == "TrustedKeyGroups"]
        named = [item.text for group in trusted for item in group.iter() if _local(item) == "KeyGroup"]
        return tuple(name for name in named if name)

    behaviors = [
        each for each in _parsed(config_xml).iter() if _local(each) in ("CacheBehavior", "DefaultCacheBehavior")
    ]
    return {text(each, "PathPattern"): groups(each) for each in behaviors}


def _keys(group_ids: tuple[str, ...]) -> dict[str, str]:
    from ministack.services import cloudfront

    groups = [cloudfront._key_groups[group_id] for group_id in group_ids if group_id in cloudfront._key_groups]
    key_ids = [key_id for group in groups for key_id in group["Config"]["Items"]]
    known = cloudfront._public_keys
    return {key_id: known[key_id]["Config"]["EncodedKey"] for key_id in key_ids if key_id in known}


def _hosts(distribution: dict[str, Any]) -> list[str]:
    """Return the names that a signed URL may use: the one that was called, the distribution's own, its aliases."""
    items = [each for each in _parsed(distribution["config_xml"]) if _local(each) == "Aliases"]
    aliases = [each.text or "" for item in items for each in item.iter() if _local(each) == "CNAME"]
    return [viewer_host.get(), distribution["DomainName"], *aliases]


def _policy(behavior: dict[str, Any]) -> dict[str, Any]:
    from ministack.services import cloudfront

    policy_id = behavior.get("cache_policy_id")
    record = cloudfront._cache_policies.get(policy_id) or cloudfront._MANAGED_CACHE_POLICIES.get(policy_id)
    config: dict[str, Any] = record["Config"] if record else {}
    return config


def _lifetimes(behavior: dict[str, Any]) -> Lifetimes:
    """Return the times to live of the behavior's cache policy; without one, nothing is kept."""
    policy = _policy(behavior)
    return Lifetimes(*(float(policy.get(name, 0)) for name in ("MinTTL", "DefaultTTL", "MaxTTL")))


def _key_names(behavior: dict[str, Any]) -> KeyNames:
    """Return what the cache policy alone names; an origin request policy adds to the request, not to the key."""
    from ministack.services import cloudfront

    return KeyNames(*cloudfront._forwarding_predicates({**behavior, "origin_request_policy_id": None}))


def _lower(headers: dict[str, Any]) -> dict[str, Any]:
    from ministack.services import cloudfront

    pairs = [(k, each) for k, v in headers.items() for each in (v if isinstance(v, list) else [v])]
    lowered: dict[str, Any] = cloudfront._multidict_from_pairs(pairs)
    return lowered


def _parsed(config_xml: str) -> Element:
    return fromstring(config_xml)  # noqa: S314 - MiniStack wrote it itself


def _local(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
