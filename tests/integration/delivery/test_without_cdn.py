import urllib.request
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from foveal.delivery.links import links
from tests.integration.delivery.conftest import forget, started
from tests.integration.delivery.world import World, jpeg


@pytest.fixture
def direct(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The same stage without a CDN."""
    monkeypatch.delenv("CDN_URL")
    monkeypatch.delenv("SIGNING_KEY_ID")
    monkeypatch.delenv("SIGNING_KEY_SECRET_ARN")
    forget()
    world.apis = {**world.apis, "downloads": started("downloads").api}
    yield world
    links.cache_clear()


def test_original_opens_at_the_bucket_when_there_is_no_cdn(direct: World) -> None:
    data = jpeg()
    asset_id = direct.add(data, file_name="Zoë.jpg")
    body = {"asset_ids": [asset_id], "disposition": "attachment"}
    (one,) = direct.call("POST /v1/projects/zoo/downloads", body).body["downloads"]
    assert "X-Amz-Signature=" in one["url"]
    with urllib.request.urlopen(one["url"]) as answer:  # noqa: S310 the emulator
        assert answer.read() == data
    (again,) = direct.call("POST /v1/projects/zoo/downloads", body).body["downloads"]
    assert again == one


def test_every_header_that_the_uploader_could_store_is_stated_by_the_url_when_there_is_no_cdn(direct: World) -> None:
    """An object with a Content-Encoding is never delivered (foveal/ingest/verdict.py); metadata have no parameter."""
    answer = direct.call(f"GET /v1/assets/{direct.add(jpeg())}/content")
    stated = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert {name: value for name, value in stated.items() if name.startswith("response-")} == {
        "response-cache-control": "max-age=31536000, immutable",
        "response-content-disposition": "inline",
        "response-content-language": "und",
        "response-content-type": "image/jpeg",
        "response-expires": "Thu, 31 Dec 2099 23:59:59 GMT",
    }
    with urllib.request.urlopen(answer.headers["location"]) as picture:  # noqa: S310 the emulator
        assert picture.status == 200


def test_rendition_opens_at_the_bucket_when_there_is_no_cdn(direct: World) -> None:
    asset_id = direct.add(jpeg())
    answer = direct.call(f"GET /v1/assets/{asset_id}/content", query={"variant": "thumbnail"})
    with urllib.request.urlopen(answer.headers["location"]) as picture:  # noqa: S310 the emulator
        assert picture.headers["content-type"] == "image/webp"


def test_cookies_are_refused_when_there_is_no_cdn(direct: World) -> None:
    answer = direct.call("POST /v1/projects/zoo/cookies", {})
    assert (answer.status, answer.body["code"]) == (422, "Unprocessable")
