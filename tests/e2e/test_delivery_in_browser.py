"""A real browser on a page of a listed origin: pictures by cookie and by URL, a video that seeks, labels drawn.

The pages come from a real server at an origin that the stage lists, or at one that it does not list.
"""

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, Response
from playwright.sync_api import Error as PlaywrightError

from tests.e2e.page_server import Files, listed_page, unlisted_page
from tests.e2e.stack import Caller, Stack, eventually
from tests.unit.render.test_video import clip

PICTURES = 50
SHOWN = "() => [...document.images].filter(image => image.complete && image.naturalWidth > 0).length"
SETTLED = "() => [...document.images].every(image => image.complete)"
SET_COOKIES = """async ([cdn, project, token]) => (await fetch(`${cdn}/v1/projects/${project}/cookies`, {
  method: 'POST', credentials: 'include', body: '{}',
  headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
})).status"""
CLEAR_COOKIES = """async ([cdn, project, token]) => (await fetch(`${cdn}/v1/projects/${project}/cookies`, {
  method: 'DELETE', credentials: 'include', headers: {authorization: `Bearer ${token}`},
})).status"""
STYLE = """<style>body{margin:8px;font:14px sans-serif}h1{font-size:16px}div{position:relative}
img{width:120px;height:90px;object-fit:cover;margin:2px}div img+img{position:absolute;left:0}</style>"""
PAGE: Files = {"/": ("text/html", f"<!doctype html>{STYLE}")}
FETCH = """async ([url, token, headers]) => {
  const answer = await fetch(url, {headers: {authorization: `Bearer ${token}`, ...headers}})
  return [answer.status, answer.headers.get('content-type'), answer.url, (await answer.blob()).size]
}"""


@dataclass
class Gallery:
    """Uploaded assets: pictures with their thumbnails' addresses, and a video."""

    owner: Caller
    cdn: str
    asset_ids: list[str]
    urls: list[str]
    video_url: str

    @property
    def plain_urls(self) -> list[str]:
        return [url.partition("?")[0] for url in self.urls]


def picture(number: int) -> bytes:
    image = Image.new("RGB", (640, 480), f"hsl({number * 37 % 360}, 60%, 45%)")
    draw = ImageDraw.Draw(image)
    draw.ellipse((160, 90, 480, 390), fill=f"hsl({(number * 37 + 180) % 360}, 70%, 65%)")
    draw.text((320, 240), str(number + 1), fill="black", anchor="mm", font_size=160)
    output = io.BytesIO()
    image.save(output, "JPEG", quality=90)
    return output.getvalue()


@pytest.fixture(scope="module")
def gallery(stack: Stack) -> Gallery:
    owner = stack.caller("demo:admin")
    asset_ids = []
    for number in range(PICTURES):
        content = picture(number)
        ticket = owner.begin(content=content, name=f"{number}.jpg")
        assert owner.put(ticket, content).status_code == 200
        asset_ids.append(ticket["asset_id"])
    film = clip("webm", 20)
    ticket = owner.begin(content=film, name="film.webm", content_type="video/webm")
    assert owner.put(ticket, film).status_code == 200
    for asset_id in [*asset_ids, ticket["asset_id"]]:
        owner.ready(asset_id)
    (video,) = signed(owner, [ticket["asset_id"]], "original")
    return Gallery(owner, stack.values["cdn_url"], asset_ids, signed(owner, asset_ids, "thumbnail"), video)


def signed(caller: Caller, asset_ids: list[str], variant: str) -> list[str]:
    """The URLs of a variant, once all of them are made."""

    def urls() -> list[str] | None:
        answer = caller.call("POST", "/v1/projects/demo/downloads", {"asset_ids": asset_ids, "variant": variant})
        found = [each.get("url") for each in answer.json()["downloads"]]
        return found if all(found) else None

    return eventually(urls)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport={"width": 1340, "height": 700})
    yield found
    found.close()


@pytest.fixture(scope="module")
def listed() -> Iterator[str]:
    """An origin that the stage allows, with an empty page."""
    with listed_page(PAGE) as server:
        yield server.origin


@pytest.fixture(scope="module")
def unlisted() -> Iterator[str]:
    """An origin that no stage allows, with an empty page."""
    with unlisted_page(PAGE) as server:
        yield server.origin


def open_page(context: BrowserContext, origin: str) -> Page:
    page = context.new_page()
    page.goto(f"{origin}/")
    return page


def show(page: Page, urls: list[str], credentials: str) -> int:
    """Put pictures on the page; return how many of them are really shown."""
    tags = "".join(f'<img crossorigin="{credentials}" src="{url}">' for url in urls)
    page.evaluate("html => { document.body.innerHTML = html }", tags.replace("&", "&amp;"))
    page.wait_for_function(SETTLED)
    return int(page.evaluate(SHOWN))


def keep(page: Page, caption: str, folder: Path) -> None:
    """Save a screenshot of the whole page for people, with what is to be seen on it as its heading and its name."""
    page.evaluate(
        "text => document.body.prepend(Object.assign(document.createElement('h1'), {innerText: text}))", caption
    )
    name = caption.lower().replace(" ", "-")
    page.screenshot(path=Path(os.environ.get("FOVEAL_SCREENSHOTS") or folder) / f"{name}.png", full_page=True)


def test_listed_page_shows_pictures_by_url(
    gallery: Gallery, context: BrowserContext, tmp_path: Path, listed: str
) -> None:
    page = open_page(context, listed)
    assert show(page, gallery.urls, "anonymous") == PICTURES
    keep(page, "50 thumbnails by URL", tmp_path)


def test_listed_page_shows_pictures_by_cookie_until_it_signs_out(
    gallery: Gallery, context: BrowserContext, tmp_path: Path, listed: str
) -> None:
    page = open_page(context, listed)
    assert show(page, gallery.plain_urls, "use-credentials") == 0
    assert page.evaluate(SET_COOKIES, [gallery.cdn, "demo", gallery.owner.token]) == 200
    assert page.evaluate("() => document.cookie") == ""
    assert show(page, gallery.plain_urls, "use-credentials") == PICTURES
    keep(page, "50 thumbnails by cookie", tmp_path)
    assert page.evaluate(CLEAR_COOKIES, [gallery.cdn, "demo", gallery.owner.token]) == 204
    assert context.cookies() == []
    unseen = [f"{url}?fresh" for url in gallery.plain_urls]
    assert show(page, unseen, "use-credentials") == 0


def test_page_of_an_unlisted_origin_shows_nothing(
    gallery: Gallery, context: BrowserContext, tmp_path: Path, unlisted: str
) -> None:
    page = open_page(context, unlisted)
    assert show(page, gallery.urls, "anonymous") == 0
    keep(page, "No thumbnail on a page that is not listed", tmp_path)


def test_cookies_of_another_project_open_nothing(
    stack: Stack, gallery: Gallery, context: BrowserContext, listed: str
) -> None:
    stranger = stack.caller("aquarium:admin")
    page = open_page(context, listed)
    assert page.evaluate(SET_COOKIES, [gallery.cdn, "aquarium", stranger.token]) == 200
    assert page.evaluate(SET_COOKIES, [gallery.cdn, "demo", stranger.token]) == 404
    assert show(page, gallery.plain_urls, "use-credentials") == 0


@pytest.mark.parametrize("variant", ["original", "thumbnail", "annotated"])
def test_stable_address_is_fetched_by_a_listed_page_with_its_token(
    gallery: Gallery, context: BrowserContext, listed: str, variant: str
) -> None:
    page = open_page(context, listed)
    address = f"{gallery.cdn}/v1/assets/{gallery.asset_ids[2]}/content?variant={variant}"
    status, content_type, url, size = page.evaluate(FETCH, [address, gallery.owner.token, {}])
    assert (status, content_type.partition("/")[0]) == (200, "image")
    assert size > 0
    assert url.startswith(f"{gallery.cdn}/{'media' if variant == 'original' else 'derived'}/demo/")
    status, _, _, size = page.evaluate(FETCH, [address, gallery.owner.token, {"range": "bytes=0-9"}])
    assert (status, size) == (206, 10)


def test_stable_address_is_not_fetched_by_a_page_that_is_not_listed(
    gallery: Gallery, context: BrowserContext, unlisted: str
) -> None:
    page = open_page(context, unlisted)
    address = f"{gallery.cdn}/v1/assets/{gallery.asset_ids[2]}/content?variant=thumbnail"
    with pytest.raises(PlaywrightError, match="Failed to fetch"):
        page.evaluate(FETCH, [address, gallery.owner.token, {}])


def test_video_plays_and_seeks_by_ranges(
    gallery: Gallery, context: BrowserContext, tmp_path: Path, listed: str
) -> None:
    page = open_page(context, listed)
    statuses: list[int] = []

    def note(response: Response) -> None:
        if "/media/" in response.url:
            statuses.append(response.status)

    page.on("response", note)
    seek = """url => new Promise((resolve, reject) => {
      const video = document.createElement('video')
      video.crossOrigin = 'anonymous'; video.muted = true; video.src = url; video.width = 640; video.controls = true
      video.onerror = () => reject(video.error.message)
      video.onloadedmetadata = () => { video.currentTime = 17.5 }
      const shown = (_, frame) => {
        if (frame.mediaTime < 17) return video.requestVideoFrameCallback(shown)
        const canvas = document.createElement('canvas')
        canvas.width = canvas.height = 1
        canvas.getContext('2d').drawImage(video, 0, 0, 1, 1)
        resolve([...canvas.getContext('2d').getImageData(0, 0, 1, 1).data])
      }
      video.requestVideoFrameCallback(shown)  // "seeked" may come before the frame does
      document.body.append(video)
    })"""
    red, green, blue, _ = page.evaluate(seek, gallery.video_url)
    assert blue > 150 > max(red, green), "second 17 of the film is blue"
    assert set(statuses) == {206}
    keep(page, "A video at second 17.5", tmp_path)


def test_annotated_picture_is_shown_and_follows_an_edit(
    gallery: Gallery, context: BrowserContext, tmp_path: Path, listed: str
) -> None:
    owner, asset_id = gallery.owner, gallery.asset_ids[0]
    box = {
        "field": "ground_truth",
        "type": "detection",
        "label": "moon",
        "confidence": 0.93,
        "bbox": [0.24, 0.18, 0.52, 0.64],
    }
    star = {
        "field": "ground_truth",
        "type": "polygon",
        "label": "star",
        "rings": [[[0.8, 0.1], [0.95, 0.15], [0.85, 0.3]]],
    }
    assert owner.call("POST", f"/v1/assets/{asset_id}/annotations", {"annotation": box}).status_code == 201
    page = open_page(context, listed)
    draw = """async ([url, token]) => {
      const answer = await fetch(url, {headers: {authorization: `Bearer ${token}`}})
      const image = document.createElement('img')
      image.src = URL.createObjectURL(await answer.blob())
      image.style.cssText = 'width:640px;height:480px'
      document.body.append(image)
      await image.decode()
      return [answer.status, answer.headers.get('content-type'), answer.url, image.naturalWidth]
    }"""
    annotated = f"{gallery.cdn}/v1/assets/{asset_id}/content?variant=annotated"
    status, content_type, first, width = page.evaluate(draw, [annotated, owner.token])
    assert (status, content_type, width) == (200, "image/webp", 640)
    assert owner.call("POST", f"/v1/assets/{asset_id}/annotations", {"annotation": star}).status_code == 201
    status, _, second, _ = page.evaluate(draw, [annotated, owner.token])
    assert status == 200
    assert first != second
    overlay = owner.call("GET", f"/v1/assets/{asset_id}/content?variant=overlay").headers["location"]
    assert show_over(page, *signed(owner, [asset_id], "original"), overlay) == 4
    keep(page, "Burned in before and after an edit and as an SVG over the original", tmp_path)


def show_over(page: Page, *urls: str) -> int:
    """Lay pictures over each other below what is there; return how many are really shown on the page."""
    style = "width:640px;height:480px"
    tags = "".join(f'<img crossorigin="anonymous" style="{style}" src="{url}">' for url in urls)
    page.evaluate(
        "html => { document.body.insertAdjacentHTML('beforeend', html) }", f"<div>{tags}</div>".replace("&", "&amp;")
    )
    page.wait_for_function(SETTLED)
    return int(page.evaluate(SHOWN))


def test_media_does_not_run_when_a_browser_opens_it(stack: Stack, gallery: Gallery, context: BrowserContext) -> None:
    url = gallery.owner.call("GET", f"/v1/assets/{gallery.asset_ids[1]}/content?variant=overlay").headers["location"]
    page = context.new_page()
    answer = page.goto(url)
    assert answer is not None
    headers: dict[str, Any] = answer.headers
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert json.dumps(headers).count("set-cookie") == 0
