"""Compression at the local edge: CloudFront's conditions, and the headers of a compressed answer."""

import gzip

import pytest

from local.cdn.cache import Answer
from local.cdn.compression import MIN_BYTES, accepts_gzip, compressed
from local.ministack_patches.cloudfront_viewers import as_asked, viewer_settings

BODY = b"const foveal = 1;\n" * 100


def script(body: bytes = BODY, **headers: str) -> Answer:
    named = {"content-type": "text/javascript; charset=utf-8", "etag": '"e"', "content-length": str(len(body))}
    return 200, "OK", {**named, **{name.replace("_", "-"): value for name, value in headers.items()}}, body


def test_script_is_compressed_and_says_so() -> None:
    _, _, headers, body = compressed(script())

    assert gzip.decompress(body) == BODY
    assert headers["content-encoding"] == "gzip"
    assert headers["content-length"] == str(len(body))
    assert headers["etag"] == 'W/"e"'
    assert headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "answer",
    [
        script(BODY[: MIN_BYTES - 1]),
        script(content_type="image/jpeg"),
        script(content_encoding="br"),
        (206, "Partial Content", script()[2], BODY),
    ],
    ids=["small", "picture", "compressed by the origin", "range"],
)
def test_answer_stays_as_it_is_when_a_condition_is_missing(answer: Answer) -> None:
    assert compressed(answer) is answer


@pytest.mark.parametrize(
    ("accept_encoding", "is_accepted"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("GZIP", True),
        ("identity", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
    ],
)
def test_viewer_takes_gzip_when_it_is_offered(accept_encoding: str, is_accepted: bool) -> None:
    assert accepts_gzip(accept_encoding) is is_accepted


def test_compressed_answer_is_revalidated_by_its_weak_tag() -> None:
    status, _, _, body = as_asked(compressed(script()), "GET", {"if-none-match": 'W/"e"'})

    assert (status, body) == (304, b"")


def test_settings_of_each_behavior_are_read_from_the_distribution() -> None:
    found = viewer_settings(
        "<DistributionConfig><DefaultCacheBehavior><Compress>false</Compress><TrustedKeyGroups><Items>"
        "<KeyGroup>k1</KeyGroup></Items></TrustedKeyGroups></DefaultCacheBehavior><CacheBehaviors><Items>"
        "<CacheBehavior><PathPattern>/console/*</PathPattern><Compress>true</Compress></CacheBehavior>"
        "</Items></CacheBehaviors></DistributionConfig>"
    )

    assert (found[None].key_groups, found[None].compresses) == (("k1",), False)
    assert (found["/console/*"].key_groups, found["/console/*"].compresses) == ((), True)
