"""CloudFront's viewers: key groups, cache, compression (cloudfront.py has none of them)."""

import functools
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs
from xml.etree.ElementTree import Element, fromstring

from local.cdn import signatures
from local.cdn.cache import Answer, Cache, Key, KeyNames, Lifetimes, key_of
from local.cdn.compression import accepts_gzip, compressed
from local.emulator.edge import viewer_host

Response = tuple[int, dict[str, Any], bytes]
HIT, ERROR = "Hit from cloudfront", "Error from cloudfront"

USES: Final = {
    "ministack.services.cloudfront": (
        *("handle_viewer_request", "_fetch_from_origin", "parse_distribution_dataplane_config", "_match_behavior"),
        *("_public_keys", "_key_groups", "_invalidations", "_cache_policies", "_MANAGED_CACHE_POLICIES"),
        *("_add_cloudfront_headers", "_forwarding_predicates"),
    ),
    "ministack.services.s3": ("_parse_range",),
}


@dataclass(slots=True)
class _Serving:
    """The viewer request in hand: what its behavior caches, and what came of it."""

    distribution_id: str
    names: KeyNames
    lifetimes: Lifetimes
    is_compressed: bool
    outcome: str = ""


_serving: ContextVar[_Serving | None] = ContextVar("serving", default=None)


def install() -> None:
    from ministack.services import cloudfront

    serve, fetch = cloudfront.handle_viewer_request, cloudfront._fetch_from_origin
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
        viewers = viewer_settings(dist["config_xml"]).get(behavior.get("path_pattern"), ViewerSettings())
        if viewers.key_groups:
            try:
                signatures.verify(
                    given or signatures.from_cookies(headers.get("cookie", "")),
                    signatures.viewer(_hosts(dist), raw_uri + (f"?{query}" if query else ""), client_ip),
                    _keys(viewers.key_groups),
                )
            except signatures.Denied as denied:
                answer = cloudfront._add_cloudfront_headers({"content-type": "text/xml"}, ERROR)
                return 403, answer, denied.body()
        is_compressed = (
            viewers.compresses
            and _has_gzip(behavior)
            and accepts_gzip(headers.get("accept-encoding", ""))
            and "range" not in headers
        )
        serving = _Serving(dist["Id"], _key_names(behavior), _lifetimes(behavior), is_compressed)
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
        squeezed: Key = (*whole, "gzip")
        part: Key = (*whole, headers.get("range", ""))
        invalidations = [
            each["InvalidationBatch"]["Paths"]["Items"]
            for each in cloudfront._invalidations.get(serving.distribution_id) or ()
        ]
        asked = [squeezed, whole] if serving.is_compressed else [whole, part] if "range" in headers else [whole]
        kept = next((found for key in asked if (found := cache.get(key, invalidations))), None)
        if kept is not None:
            serving.outcome = HIT if kept[0] < 400 else ERROR
            return as_asked(compressed(kept) if serving.is_compressed else kept, method, headers)
        fetched = await fetch(origin, method, uri, query_string, headers, *rest)
        serving.outcome = ERROR if fetched[0] >= 400 else ""
        if method != "GET" or isinstance(fetched[3], str):
            return fetched
        ttl = serving.lifetimes.of(fetched)
        cache.put(part if fetched[0] == 206 else whole, uri, fetched, ttl, len(invalidations))
        answer = compressed(fetched) if serving.is_compressed else fetched
        if answer is not fetched:
            cache.put(squeezed, uri, answer, ttl, len(invalidations))
        return answer

    cloudfront.handle_viewer_request = handle_viewer_request
    cloudfront._fetch_from_origin = fetch_from_origin


def as_asked(kept: Answer, method: str, headers: dict[str, str]) -> Answer:
    """Return a kept answer as this request wants it: not at all (304), a range of it, or without its body."""
    from ministack.services import s3

    status, reason, answer, body = kept
    tag = str(answer.get("etag", "")).removeprefix("W/")
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


@dataclass(frozen=True, slots=True)
class ViewerSettings:
    """Settings of a behavior that the emulator drops: ids of its key groups, and whether it compresses."""

    key_groups: tuple[str, ...] = ()
    compresses: bool = False


@functools.lru_cache(maxsize=8)
def viewer_settings(config_xml: str) -> dict[str | None, ViewerSettings]:
    """Return the settings of each behavior by its path pattern (None: the default one)."""

    def text(element: Element, tag: str) -> str | None:
        return next((child.text for child in element if _local(child) == tag), None)

    def groups(behavior: Element) -> tuple[str, ...]:
        trusted = [child for child in behavior if _local(child) == "TrustedKeyGroups"]
        named = [item.text for group in trusted for item in group.iter() if _local(item) == "KeyGroup"]
        return tuple(name for name in named if name)

    behaviors = [
        each for each in _parsed(config_xml).iter() if _local(each) in ("CacheBehavior", "DefaultCacheBehavior")
    ]
    return {
        text(each, "PathPattern"): ViewerSettings(groups(each), text(each, "Compress") == "true") for each in behaviors
    }


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


def _has_gzip(behavior: dict[str, Any]) -> bool:
    """Tell whether the behavior's cache policy lets compressed answers be kept, without which there are none."""
    parameters = _policy(behavior).get("Parameters") or {}
    return bool(parameters.get("EnableAcceptEncodingGzip"))


def _lifetimes(behavior: dict[str, Any]) -> Lifetimes:
    """Return the times to live of the behavior's cache policy; without one, nothing is kept."""
    policy = _policy(behavior)
    return Lifetimes(*(float(policy.get(name, 0)) for name in ("MinTTL", "DefaultTTL", "MaxTTL")))


def _key_names(behavior: dict[str, Any]) -> KeyNames:
    """Return what the cache policy alone names; an origin request policy adds to the request, not to the key."""
    from ministack.services import cloudfront

    return KeyNames(*cloudfront._forwarding_predicates({**behavior, "origin_request_policy_id": None}))


def _parsed(config_xml: str) -> Element:
    return fromstring(config_xml)  # noqa: S314 - MiniStack wrote it itself


def _local(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
