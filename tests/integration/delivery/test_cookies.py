import http.cookies
import time
from datetime import datetime

import pytest

from foveal.delivery.cookies import may_be_same_site
from foveal.encoding.ids import new_id
from tests.integration.delivery.test_downloads import edge
from tests.integration.delivery.world import Answer, World

ROUTE = "POST /v1/projects/zoo/cookies"
HOST = "https://cdn.example"


def jar(answer: Answer, path: str) -> dict[str, str]:
    """The cookies that a browser sends for a path (RFC 6265, section 5.1.4)."""
    sent = {}
    for line in answer.cookies:
        (morsel,) = http.cookies.SimpleCookie(line).values()
        assert morsel["secure"]
        assert morsel["httponly"]
        assert morsel["samesite"] == "Lax"
        if path.startswith(morsel["path"]):
            sent[morsel.key] = morsel.value
    return sent


def admits(answer: Answer, path: str) -> bool:
    return edge().admits(HOST + path, jar(answer, path))


def test_project_cookies_open_derivatives_and_masks_of_the_project(world: World) -> None:
    answer = world.call(ROUTE, {}, roles="zoo:viewer")
    assert (answer.status, answer.body["prefixes"]) == (200, ["derived/zoo/", "masks/zoo/"])
    for path in ("/derived/zoo/1/v/thumbnail.webp", "/masks/zoo/1/m"):
        assert admits(answer, path)


def test_project_cookies_open_no_original(world: World) -> None:
    """Below `media/` lie versions that failed, that nobody judged, and headers that uploaders chose."""
    answer = world.call(ROUTE, {}, roles="zoo:viewer")
    every_cookie = [jar(answer, f"/{prefix}/zoo/") for prefix in ("media", "derived", "masks")]
    for path in ("/media/zoo/1/original.jpg", "/media/zoo/1/original.jpg?versionId=v", "/media/zoo/derived/zoo/a"):
        assert not any(edge().admits(HOST + path, cookies) for cookies in every_cookie)


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (None, 200),
        ("https://cdn.example", 200),
        ("https://app.cdn.example:8443", 200),
        ("https://other.example", 422),
        ("http://localhost:5173", 422),
        ("http://127.0.0.1:5173", 422),
        ("null", 422),
    ],
)
def test_cookies_are_refused_with_the_reason_when_the_page_is_of_another_site(
    world: World, page: str | None, status: int
) -> None:
    answer = world.call(ROUTE, {}, headers={"origin": page} if page else {})
    assert answer.status == status
    if status == 422:
        assert answer.cookies == []
        assert f"a page at {page}, which is another site" in answer.body["detail"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("http://127.0.0.1:5173", "http://127.0.0.1:4568", True),
        ("http://localhost:5173", "http://127.0.0.1:4568", False),
        ("http://[::1]:5173", "http://[::1]:4568", True),
        ("http://10.0.0.1", "http://10.9.0.1", False),
        ("http://localhost:5173", "http://localhost:4568", True),
        ("https://app.example.co.uk", "https://media.other.co.uk", True),  # only a list of suffixes tells
        ("https://app.example.com", "https://d111.cloudfront.net", False),
        ("http://[", "https://d111.cloudfront.net", False),
    ],
)
def test_origins_of_certainly_different_sites_are_told_apart(one: str, other: str, expected: bool) -> None:
    assert may_be_same_site(one, other) is expected


def test_project_cookies_open_no_other_path(world: World) -> None:
    answer = world.call(ROUTE, {}, roles="zoo:viewer")
    every_cookie = [jar(answer, f"/{prefix}/zoo/") for prefix in ("media", "derived", "masks")]
    for path in (
        "/derived/zoo2/1/v/thumbnail.webp",
        "/derived/aquarium/1/v/thumbnail.webp",
        "/derived/aquarium/derived/zoo/thumbnail.webp",
        "/exports/zoo/1/a.json",
        "/derived/zoo",
        "/v1/assets",
    ):
        assert not admits(answer, path)
        assert not any(edge().admits(HOST + path, cookies) for cookies in every_cookie)


def test_asset_cookies_open_that_asset_alone(world: World) -> None:
    asset_id, other = new_id(), new_id()
    answer = world.call(ROUTE, {"asset_id": asset_id}, roles="zoo:viewer")
    assert admits(answer, f"/derived/zoo/{asset_id}/v/thumbnail.webp")
    assert not admits(answer, f"/derived/zoo/{other}/v/thumbnail.webp")
    assert not edge().admits(f"{HOST}/derived/zoo/{other}/v/thumbnail.webp", jar(answer, f"/derived/zoo/{asset_id}/"))


def test_cookies_end_with_their_policy(world: World) -> None:
    answer = world.call(ROUTE, {"expires_in_seconds": 60})
    assert not any("max-age" in each.lower() or "expires=" in each.lower() for each in answer.cookies)
    path = "/derived/zoo/1/v/thumbnail.webp"
    end = int(datetime.fromisoformat(answer.body["expires_at"]).timestamp())
    assert end <= time.time() + 60
    assert edge(end - 1).admits(HOST + path, jar(answer, path))
    assert not edge(end).admits(HOST + path, jar(answer, path))


def test_sign_out_clears_every_cookie(world: World) -> None:
    given = world.call(ROUTE, {})
    out = world.call("DELETE /v1/projects/zoo/cookies")
    assert out.status == 204

    def names(answer: Answer) -> set[tuple[str, str]]:
        morsels = [next(iter(http.cookies.SimpleCookie(line).values())) for line in answer.cookies]
        return {(each.key, each["path"]) for each in morsels}

    former = {(name, "/media/zoo/") for name, path in names(given)}
    assert names(given) | former <= names(out), "earlier versions set cookies for originals too"
    assert all("=; " in each and "Max-Age=0" in each for each in out.cookies)


def test_cookies_are_refused_when_the_caller_has_no_role_or_names_no_id(world: World) -> None:
    assert world.call(ROUTE, {}, roles="aquarium:admin").status == 404
    for asset_id in ("*", "../aquarium", "a; Domain=evil"):
        answer = world.call(ROUTE, {"asset_id": asset_id})
        assert (answer.status, answer.body["code"], answer.cookies) == (404, "NoSuchAsset", [])
