import http.cookies
import time
from datetime import datetime

from foveal.ids import new_id
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


def test_everything_of_a_project_opens_when_its_cookies_are_set(world: World) -> None:
    answer = world.call(ROUTE, {}, roles="zoo:viewer")
    assert answer.status == 200
    for path in ("/media/zoo/1/original.jpg?versionId=v", "/derived/zoo/1/v/thumbnail.webp", "/masks/zoo/1/m"):
        assert admits(answer, path)


def test_nothing_else_opens_when_cookies_are_stretched(world: World) -> None:
    answer = world.call(ROUTE, {}, roles="zoo:viewer")
    every_cookie = [jar(answer, f"/{prefix}/zoo/") for prefix in ("media", "derived", "masks")]
    for path in (
        "/media/zoo2/1/original.jpg",
        "/media/aquarium/1/original.jpg",
        "/media/aquarium/media/zoo/original.jpg",
        "/exports/zoo/1/a.json",
        "/media/zoo",
        "/v1/assets",
    ):
        assert not admits(answer, path)
        assert not any(edge().admits(HOST + path, cookies) for cookies in every_cookie)


def test_one_asset_alone_opens_when_cookies_are_for_it(world: World) -> None:
    asset_id, other = new_id(), new_id()
    answer = world.call(ROUTE, {"asset_id": asset_id}, roles="zoo:viewer")
    assert admits(answer, f"/media/zoo/{asset_id}/original.jpg")
    assert not admits(answer, f"/media/zoo/{other}/original.jpg")
    assert not edge().admits(f"{HOST}/media/zoo/{other}/original.jpg", jar(answer, f"/media/zoo/{asset_id}/"))


def test_cookies_end_with_their_policy_when_they_are_kept(world: World) -> None:
    answer = world.call(ROUTE, {"expires_in_seconds": 60})
    assert not any("max-age" in each.lower() or "expires=" in each.lower() for each in answer.cookies)
    path = "/media/zoo/1/original.jpg"
    end = int(datetime.fromisoformat(answer.body["expires_at"]).timestamp())
    assert end <= time.time() + 60
    assert edge(end - 1).admits(HOST + path, jar(answer, path))
    assert not edge(end).admits(HOST + path, jar(answer, path))


def test_every_cookie_is_cleared_when_the_user_signs_out(world: World) -> None:
    given = world.call(ROUTE, {})
    out = world.call("DELETE /v1/projects/zoo/cookies")
    assert out.status == 204

    def names(answer: Answer) -> set[tuple[str, str]]:
        morsels = [next(iter(http.cookies.SimpleCookie(line).values())) for line in answer.cookies]
        return {(each.key, each["path"]) for each in morsels}

    assert names(given) <= names(out)
    assert all("=; " in each and "Max-Age=0" in each for each in out.cookies)


def test_cookies_are_refused_when_the_caller_has_no_role_or_names_no_id(world: World) -> None:
    assert world.call(ROUTE, {}, roles="aquarium:admin").status == 404
    for asset_id in ("*", "../aquarium", "a; Domain=evil"):
        answer = world.call(ROUTE, {"asset_id": asset_id})
        assert (answer.status, answer.body["code"], answer.cookies) == (404, "NoSuchAsset", [])
