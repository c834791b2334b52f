"""The types of `@foveal/client` accept what the API answers: real answers are compiled as values of their types."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.javascript.page import compiled
from tests.e2e.stack import Caller

ROUTES = {
    "GET /v1/me": None,
    "GET /v1/client-config": None,
    "GET /v1/assets/{asset_id}": None,
    "GET /v1/uploads/{upload_id}": None,
    "GET /v1/projects/{project}/uploads": None,
    "GET /v1/projects/{project}/assets": None,
    "POST /v1/projects/{project}/assets/search": {"limit": 5},
    "POST /v1/projects/{project}/downloads": {"asset_ids": ["{asset_id}", "absent"]},
    "POST /v1/projects/{project}/uploads": {
        "uploads": [
            {"file_name": "a.jpg", "content_type": "image/jpeg", "size_bytes": 5, "method": method}
            for method in ("put", "post")
        ]
        + [
            {"file_name": "a.mp4", "content_type": "video/mp4", "size_bytes": 40 * 2**20, "method": "multipart"},
            {"file_name": "a.html", "content_type": "text/html", "size_bytes": 5},
        ]
    },
}


@pytest.fixture(scope="module")
def answers(editor: Caller, photo: dict[str, Any]) -> dict[str, Any]:
    """Real answers by route."""
    places = {"project": "demo", "asset_id": photo["asset_id"], "upload_id": editor.begin()["upload_id"]}
    found = {}
    for route, body in ROUTES.items():
        method, path = route.split()
        for name, value in places.items():
            path = path.replace(f"{{{name}}}", value)
        sent = json.loads(json.dumps(body).replace("{asset_id}", places["asset_id"]))
        answer = editor.call(method, path, sent)
        assert answer.status_code in (200, 201), answer.text
        found[route] = answer.json()
    return found


def program(answers: dict[str, Any]) -> str:
    lines = [
        f"export const a{n}: Answer<'{route}'> = {json.dumps(value)}"
        for n, (route, value) in enumerate(answers.items())
    ]
    return "\n".join(["import type { Answer } from '@foveal/client'", *lines])


def test_types_accept_the_answers_of_the_api(answers: dict[str, Any], tmp_path: Path) -> None:
    assert {each.get("method") for each in answers["POST /v1/projects/{project}/uploads"]["uploads"]} == {
        *("put", "post", "multipart"),
        None,
    }
    try:
        compiled(tmp_path / "accepted", program(answers))
    except subprocess.CalledProcessError as error:
        pytest.fail(error.stdout)


@pytest.mark.parametrize("change", [{"status": "done"}, {"unknown": 1}, {"asset_id": None}])
def test_types_refuse_what_the_api_does_not_answer(
    answers: dict[str, Any], tmp_path: Path, change: dict[str, Any]
) -> None:
    asset = {**answers["GET /v1/assets/{asset_id}"], **change}
    with pytest.raises(subprocess.CalledProcessError):
        compiled(tmp_path / "refused", program({"GET /v1/assets/{asset_id}": asset}))
