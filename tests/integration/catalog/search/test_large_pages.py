"""A page is never larger than an answer of a function may be; what does not fit comes on the next one."""

from typing import Any

from pymongo.database import Database

from foveal.database.client import Document
from foveal.encoding.json_text import MAX_ANSWER_BYTES
from tests.integration.catalog.conftest import PROJECT, Answer, Client, an_asset


def size_in_lambda(answer: Answer) -> int:
    """Return the bytes of the body as one JSON string, as the function hands it to Lambda."""
    return len(answer.text.encode()) + answer.text.count('"') + answer.text.count("\\")


def pages(client: Client, key: str, path: dict[str, str], request: dict[str, Any]) -> list[Answer]:
    found: list[Answer] = []
    token = None
    while not found or token:
        sent = {**request, **({"next_token": token} if token else {})}
        answer = client.call(key, path, query=sent) if key.startswith("GET") else client.call(key, path, sent)
        assert answer.status == 200, answer.text[:500]
        found.append(answer)
        token = answer.body["next_token"]
    return found


def ids(found: list[Answer], name: str) -> list[str]:
    return [item[name] for answer in found for item in answer.body["items"]]


def test_large_annotations_come_on_as_many_pages_as_needed(database: Database[Document], editor: Client) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    made = []
    for number in range(12):
        ring = [[0.1 + at / 1e6 + number / 1e3, 0.123456789 + (at % 7) / 1e3] for at in range(25_000)]
        draft = {"type": "polygon", "field": "outline", "label": "coast", "rings": [ring]}
        answer = editor.call(
            "POST /v1/assets/{asset_id}/annotations", {"asset_id": asset["_id"]}, {"annotation": draft}
        )
        made.append(answer.body["annotation_id"])
    found = pages(editor, "GET /v1/assets/{asset_id}/annotations", {"asset_id": asset["_id"]}, {})
    assert len(found) > 1
    assert max(map(size_in_lambda, found)) <= MAX_ANSWER_BYTES
    assert ids(found, "annotation_id") == sorted(made)
    assert all(answer.headers["etag"] == '"12"' for answer in found)


def test_large_assets_come_on_as_many_pages_as_needed(database: Database[Document], viewer: Client) -> None:
    attributes = {f"note {number}": ['"quoted" ünïcode \\ ' * 50] * 20 for number in range(20)}
    assets = [an_asset(attributes=attributes) for _ in range(40)]
    database.assets.insert_many(assets)
    key, path = "POST /v1/projects/{project}/assets/search", {"project": PROJECT}
    found = pages(viewer, key, path, {"sort": "created_at", "limit": 500})
    assert len(found) > 1
    assert max(map(size_in_lambda, found)) <= MAX_ANSWER_BYTES
    assert sorted(ids(found, "asset_id")) == sorted(asset["_id"] for asset in assets)
