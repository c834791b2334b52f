"""Pictures in notebooks: escaped, never broken, and absent where a client is asynchronous."""

import json
from html.parser import HTMLParser
from typing import Any

import httpx2

from foveal.client import AsyncFoveal, Foveal
from foveal.client.views.gallery import Gallery

HOSTILE = '<script>alert("1")</script>'
ASSETS: list[dict[str, Any]] = [
    {"asset_id": "a-1", "file_name": "lion.jpg", "width": 640, "height": 480, "status": "ready",
     "label_summary": [{"label": "lion"}, {"label": "lion"}]},
    {"asset_id": "a-2", "file_name": HOSTILE, "status": "pending"},
]  # fmt: skip
URL = "https://cdn.example/a?Policy=1&Signature=x'\"),url(https://evil)"


def answer(request: httpx2.Request) -> httpx2.Response:
    if request.url.path.endswith("/downloads"):
        assert json.loads(request.content)["variant"] == "thumbnail"
        problem = {"code": "AssetNotReady", "status": 409, "title": "The asset is not ready", "detail": HOSTILE}
        signed: list[dict[str, Any]] = [{"asset_id": "a-1", "url": URL}, {"asset_id": "a-2", "problem": problem}]
        wanted = json.loads(request.content)["asset_ids"]
        return httpx2.Response(200, json={"downloads": [each for each in signed if each["asset_id"] in wanted]})
    if request.url.path.startswith("/v1/assets/"):
        return httpx2.Response(200, json=ASSETS[0])
    return httpx2.Response(200, json={"items": ASSETS, "next_token": None})


def client() -> Foveal:
    return Foveal("https://api.example", "t", http=httpx2.Client(transport=httpx2.MockTransport(answer)))


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.styles: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.styles += [value or "" for name, value in attrs if name == "style"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page_of_assets_shows_thumbnails_names_and_labels() -> None:
    html = Elements(client().project("zoo").assets.search()._repr_html_() or "")
    assert set(html.tags) == {"div", "span"}
    assert sum("https://cdn.example" in each for each in html.styles) == 1
    assert "lion.jpg" in html.text
    assert "640 × 480 · lion" in html.text


def test_names_and_urls_cannot_become_elements_or_styles() -> None:
    html = Elements(client().project("zoo").assets.search()._repr_html_() or "")
    assert HOSTILE in html.text
    (picture,) = (each for each in html.styles if "cdn.example" in each)
    assert picture.count('"') == 2


def test_asset_without_a_thumbnail_says_why_and_has_no_picture() -> None:
    html = Gallery([ASSETS[1]], [{"problem": {"title": "The asset is not ready"}}])._repr_html_()
    assert "url(" not in html
    assert "The asset is not ready" in html


def test_single_asset_is_shown_by_its_id() -> None:
    assert "lion.jpg" in (client().project("zoo").assets["a-1"]._repr_html_() or "")


def test_asynchronous_client_is_shown_as_text_and_gives_its_gallery_when_awaited() -> None:
    import asyncio

    async def run() -> tuple[str | None, str]:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        async with AsyncFoveal("https://api.example", "t", http=http) as foveal:
            found = foveal.project("zoo").assets.search()
            return found._repr_html_(), (await found.show())._repr_html_()

    nothing, html = asyncio.run(run())
    assert nothing is None
    assert "lion.jpg" in html


def test_error_is_shown_in_place_of_pictures() -> None:
    refused = httpx2.MockTransport(lambda _: httpx2.Response(404, json={"code": "NoSuchProject", "detail": HOSTILE}))
    foveal = Foveal("https://api.example", "t", http=httpx2.Client(transport=refused))
    html = foveal.project("zoo").assets.search()._repr_html_() or ""
    assert "NoSuchProject" in html
    assert "<script>" not in html
