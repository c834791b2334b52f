"""Results of scans and events of ingest in any order, more than once, interleaved at each operation."""

import json
import random
from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from foveal.database.client import Document
from foveal.ingest.s3_events import recheck_message
from foveal.scanning.messages import release_message
from tests.integration.ingest.images import JPEG
from tests.integration.scanning.interleaving import InTurn, Turns
from tests.integration.scanning.world import NOW, SECONDS, World, messages

ACTIVE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
RESULTS = ("NO_THREATS_FOUND", "THREATS_FOUND", "UNSUPPORTED", "FAILED")
STATUS = {"NO_THREATS_FOUND": "ready", "RELEASED": "ready"}
TAGS = {"ready": "clean", "quarantined": "quarantined"}
MAX_DELIVERIES = 8


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    is_active=st.booleans(),
    results=st.lists(st.sampled_from(RESULTS), min_size=1, max_size=2),
    is_released=st.booleans(),
    is_duplicated=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_state_and_tag_follow_the_last_result_in_any_order_of_deliveries(
    catalog: Database[Document],
    is_active: bool,
    results: list[str],
    is_released: bool,
    is_duplicated: bool,
    seed: int,
) -> None:
    catalog.assets.delete_many({})
    world = World(catalog)
    world.bucket.opens_ahead = False
    key = world.begin()
    event = world.bucket.put(key, ACTIVE, "image/svg+xml") if is_active else world.bucket.put(key, JPEG)
    scans = [world.result(key, result, seconds=index) for index, result in enumerate(results)]
    if is_released:
        at = NOW + timedelta(seconds=len(results))
        scans.append(release_message(world.bucket.name, key, world.version(key), "somebody", "known file", at))
    rechecks = [recheck_message(world.bucket.name, key, None, NOW)] * is_duplicated
    ingested, scanned = [event] * (1 + is_duplicated) + rechecks, scans * (1 + is_duplicated)
    may_be_clean = is_released or "NO_THREATS_FOUND" in results

    def actor(body: str, is_scan: bool) -> Callable[[Turns, int], None]:
        def act(turns: Turns, index: int) -> None:
            assets, bucket = InTurn(catalog.assets, turns, index), InTurn(world.bucket, turns, index)
            scans, ingest = world.scans_with(assets, bucket), world.ingest_with(assets, bucket)
            for _ in range(MAX_DELIVERIES):
                if not (scans.settle(messages(body)) if is_scan else ingest.ingest(messages(body), SECONDS)):
                    return
            undelivered.append((body, is_scan))

        return act

    def never_clean_without_a_reason() -> None:
        if world.tag(key) == "clean" and (is_active or not may_be_clean):
            wrong.append("clean")

    undelivered: list[tuple[str, bool]] = []
    wrong: list[str] = []
    actors = [actor(body, False) for body in ingested] + [actor(body, True) for body in scanned]
    Turns(random.Random(seed), never_clean_without_a_reason).run(actors)
    for _ in range(MAX_DELIVERIES):
        left, undelivered = undelivered, []
        for body, is_scan in left:
            failed = world.scan(body) if is_scan else world.ingest(body)
            undelivered += [(body, is_scan)] * len(failed)

    assert world.ingest(*rechecks) == []  # a later look at the same version changes nothing

    last = "RELEASED" if is_released else results[-1]
    expected = "quarantined" if is_active else STATUS.get(last, "quarantined")
    asset = world.asset(key)
    assert undelivered == []
    assert (asset["status"], world.tag(key)) == (expected, TAGS[expected])
    assert wrong == []
    assert asset["scan"]["version_id"] == world.version(key)
    assert world.published_types[-1:] == (["AssetReady"] if expected == "ready" else ["AssetQuarantined"])
    if len(results) == 1 and not is_released:
        assert len({json.loads(entry["Detail"])["event_id"] for entry in world.published}) == 1
