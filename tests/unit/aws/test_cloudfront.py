"""Requests of CloudFront: the global endpoint, the batch as XML, typed errors."""

from collections.abc import Callable
from typing import Any

import pytest

from foveal.aws import cloudfront
from foveal.aws.endpoints import global_endpoint
from foveal.aws.errors import AwsError
from foveal.http.protocol import HttpRequest, HttpResponse

BUSY = b"<ErrorResponse><Error><Code>TooManyInvalidationsInProgress</Code></Error></ErrorResponse>"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[HttpRequest]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDFRONT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    return []


def answer(monkeypatch: pytest.MonkeyPatch, sent: list[HttpRequest], status: int, body: bytes) -> None:
    def send(_operation: str, _pool: Any, sign: Callable[[], HttpRequest], _error_code: Any) -> HttpResponse:
        sent.append(sign())
        return HttpResponse(status, {}, body)

    monkeypatch.setattr(cloudfront, "send_with_retries", send)


def test_invalidation_lists_its_paths_and_is_signed_for_the_global_region(
    monkeypatch: pytest.MonkeyPatch, sent: list[HttpRequest]
) -> None:
    answer(monkeypatch, sent, 201, b"")
    cloudfront.invalidate("E1", ["/media/zoo/1/a&b.jpg*", "/derived/zoo/1/*"])
    (request,) = sent
    assert (request.method, request.target) == ("POST", "/2020-05-31/distribution/E1/invalidation")
    listed = b"<Quantity>2</Quantity><Items><Path>/media/zoo/1/a&amp;b.jpg*</Path><Path>/derived/zoo/1/*</Path></Items>"
    assert listed in request.body
    signature = {name.lower(): value for name, value in request.headers.items()}["authorization"]
    assert "/us-east-1/cloudfront/aws4_request" in signature


def test_refused_invalidation_raises_the_code_of_cloudfront(
    monkeypatch: pytest.MonkeyPatch, sent: list[HttpRequest]
) -> None:
    answer(monkeypatch, sent, 400, BUSY)
    with pytest.raises(AwsError) as caught:
        cloudfront.invalidate("E1", ["/derived/zoo/1/*"])
    assert caught.value.code == "TooManyInvalidationsInProgress"


@pytest.mark.parametrize(
    ("region", "url", "signed_for"),
    [
        ("eu-central-1", "https://cloudfront.amazonaws.com", "us-east-1"),
        ("cn-north-1", "https://cloudfront.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
    ],
)
def test_global_endpoint_has_one_host_for_all_regions(
    sent: list[HttpRequest], region: str, url: str, signed_for: str
) -> None:
    endpoint, signing_region = global_endpoint("cloudfront", region)
    assert (endpoint.url, signing_region) == (url, signed_for)
