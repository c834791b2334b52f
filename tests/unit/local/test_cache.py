"""The edge cache: what is kept, for how long, under which key, in how much memory."""

import pytest

from local.cdn.cache import Answer, Cache, KeyNames, Lifetimes, key_of
from local.ministack_patches.cloudfront_viewers import as_asked

YEAR = Lifetimes(0, 31_536_000, 31_536_000)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


BODY = b"0123456789"


def answer(status: int = 200, cache_control: str = "") -> Answer:
    control = {"cache-control": cache_control} if cache_control else {}
    return status, "", {"etag": '"e"', "content-length": str(len(BODY)), **control}, BODY


def names(*query: str) -> KeyNames:
    return KeyNames(lambda _: False, lambda _: False, lambda name: name in query)


def test_answer_is_served_with_its_age_until_it_expires() -> None:
    clock = Clock()
    cache = Cache(clock=clock)
    cache.put(("k",), "/k", answer(), 60)

    clock.now += 42
    kept = cache.get(("k",))
    clock.now += 18

    assert kept is not None
    assert kept[2]["age"] == "42"
    assert cache.get(("k",)) is None


def test_least_recently_used_answer_goes_when_memory_is_full() -> None:
    cache = Cache(max_bytes=30)
    for name in ("a", "b", "c"):
        cache.put((name,), f"/{name}", answer(), 60)
    cache.get(("a",))

    cache.put(("d",), "/d", answer(), 60)

    assert [name for name in "abcd" if cache.get((name,))] == ["a", "c", "d"]


def test_answer_is_not_kept_when_it_is_larger_than_the_cache() -> None:
    cache = Cache(max_bytes=9)
    cache.put(("k",), "/k", answer(), 60)

    assert cache.get(("k",)) is None


def test_invalidation_drops_what_was_kept_before_it_and_matches() -> None:
    cache = Cache()
    cache.put(("a",), "/media/a.jpg", answer(), 60)
    cache.put(("b",), "/derived/b.jpg", answer(), 60)
    invalidations = [["/media/*"]]
    cache.put(("c",), "/media/c.jpg", answer(), 60, invalidations_seen=1)

    assert [name for name in "abc" if cache.get((name,), invalidations)] == ["b", "c"]


@pytest.mark.parametrize(
    ("lifetimes", "response", "seconds"),
    [
        (YEAR, answer(), 31_536_000),
        (YEAR, answer(cache_control="max-age=60"), 60),
        (YEAR, answer(cache_control="max-age=60, s-maxage=5"), 5),
        (YEAR, answer(cache_control="private, max-age=60"), 0),
        (YEAR, answer(cache_control="no-store"), 0),
        (Lifetimes(10, 20, 30), answer(cache_control="no-cache"), 10),
        (Lifetimes(10, 20, 30), answer(cache_control="max-age=5"), 10),
        (Lifetimes(10, 20, 30), answer(cache_control="max-age=99"), 30),
        (YEAR, answer(status=404), 10),
        (YEAR, answer(status=302), 0),
        (YEAR, answer(status=304), 0),
    ],
)
def test_time_to_live_follows_the_origin_within_the_policys_bounds(
    lifetimes: Lifetimes, response: Answer, seconds: float
) -> None:
    assert lifetimes.of(response) == seconds


def test_cache_key_holds_only_what_the_policy_names() -> None:
    one = key_of(
        "D", "/a", {"versionId": ["1"], "other": ["x"]}, {"cookie": "c=1", "range": "bytes=0-1"}, names("versionId")
    )
    same = key_of("D", "/a", {"versionId": ["1"], "other": ["y"]}, {"cookie": "c=2"}, names("versionId"))
    different = key_of("D", "/a", {"versionId": ["2"]}, {}, names("versionId"))

    assert one == same
    assert one != different


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({}, 200, b"0123456789"),
        ({"range": "bytes=2-4"}, 206, b"234"),
        ({"range": "bytes=-3"}, 206, b"789"),
        ({"range": "bytes=99-"}, 416, b""),
        ({"range": "bytes=2-4", "if-range": '"other"'}, 200, b"0123456789"),
        ({"if-none-match": '"x", W/"e"'}, 304, b""),
    ],
)
def test_kept_answer_serves_ranges_and_conditions(headers: dict[str, str], status: int, body: bytes) -> None:
    given = as_asked(answer(), "GET", headers)

    assert (given[0], given[3]) == (status, body)


def test_kept_answer_has_no_body_when_only_its_head_is_asked_for() -> None:
    status, _, headers, body = as_asked(answer(), "HEAD", {})

    assert (status, headers["content-length"], body) == (200, "10", b"")
