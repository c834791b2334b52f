"""Recording of a version: fills a local stack of it by the API, and keeps its documents, collections and template.

Run it beside a running local stack of the version, whatever its code looks like; it uses the API and MongoDB alone:

    FOVEAL_STATE=… python -m tests.upgrades.record NAME TOKEN

It writes `tests/upgrades/NAME/`. Recordings are never changed afterwards.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

import httpx2
from bson import json_util
from pymongo import MongoClient

HERE: Final = Path(__file__).parent
STATEFUL: Final = (
    *("AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolDomain"),
    *("AWS::SecretsManager::Secret", "AWS::KMS::Key", "AWS::SQS::Queue", "AWS::Events::EventBus"),
    *("AWS::Events::Archive", "AWS::CloudFront::Distribution", "AWS::ApiGatewayV2::Api", "AWS::Logs::LogGroup"),
    *("AWS::CloudFront::PublicKey", "AWS::CloudFront::KeyGroup", "Custom::FovealSigningKey"),
)
"""Types of resources whose replacement loses data, or an address that others have written down."""
BODIES: Final[tuple[dict[str, Any], ...]] = (
    {"type": "classification", "field": "weather", "label": "fog", "confidence": 0.4},
    {
        "type": "detection",
        "field": "ground_truth",
        "label": "boat",
        "bbox_px": [64, 48, 128, 96],
        "attributes": {"n": 2},
    },
    {"type": "polygon", "field": "ground_truth", "label": "car", "rings": [[[0.1, 0.1], [0.4, 0.1], [0.4, 0.3]]]},
    {"type": "polyline", "field": "ground_truth", "label": "lane", "rings": [[[0.1, 0.1], [0.9, 0.9]]]},
    {"type": "keypoints", "field": "ground_truth", "label": "person", "keypoints": [{"x": 0.5, "y": 0.5}]},
    {"type": "caption", "field": "text", "text": "A rocket ärgert 日本"},
    {"type": "regression", "field": "quality", "value": 0.25},
)


class Stack:
    """The running stack of the version: its API as one user, its database."""

    def __init__(self, state: Path, token: str) -> None:
        self.values = json.loads((state / "outputs.json").read_text())
        self.project = "demo"
        self._http = httpx2.Client(
            base_url=self.values["api_url"], headers={"authorization": f"Bearer {token}"}, timeout=60
        )
        client: MongoClient[dict[str, Any]] = MongoClient(self.values["mongodb_uri"])
        self.database = client[self.values["mongodb_database"]]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return the answer of a call. Raises httpx2.HTTPStatusError when it is refused."""
        answer = self._http.request(
            method, path.replace("{p}", f"/v1/projects/{self.project}"), json=body, headers=headers
        )
        if answer.is_error:
            print(method, path, answer.status_code, answer.text[:300], file=sys.stderr)
            answer.raise_for_status()
        return answer.json() if answer.content else None

    def has(self, route: str) -> bool:
        """Tell whether the version has a route."""
        return route in self._http.get("/v1/openapi.json").raise_for_status().json()["paths"]

    def wait_for_jobs(self) -> None:
        """Wait until no job is left to do. Raises SystemExit after a minute."""
        for _ in range(120):
            if not self.database.jobs.count_documents({"state": {"$in": ["queued", "running"]}}):
                return
            time.sleep(0.5)
        raise SystemExit("a job does not end")

    def unchanged(self, path: str) -> dict[str, str]:
        """Return the header with which a change is made only to what is there now."""
        return {"If-Match": self._http.get(path).raise_for_status().headers["etag"]}


def fill(stack: Stack) -> None:
    """Make a document of each kind: annotations of each type, edits, undone ones, views, schemas, embeddings."""
    found = stack.call("POST", "{p}/assets/search", {})
    assets = found.get("items") or found["assets"]
    picture = next(each for each in assets if each["mime_type"] == "image/jpeg")
    path = f"/v1/assets/{picture['asset_id']}"
    stack.call("PATCH", path, {"tags": ["night", "zoo"], "attributes": {"site": "north"}}, **stack.unchanged(path))
    operations = [{"op": "create", "asset_id": picture["asset_id"], "annotation": body} for body in BODIES]
    results = stack.call("POST", "{p}/annotations/bulk", {"operations": operations})["results"]
    refused = [each for each in results if each.get("status", 200) >= 400 or "problem" in each]
    if refused:
        raise SystemExit(f"annotations were refused: {refused}")
    listed = stack.call("GET", f"/v1/assets/{picture['asset_id']}/annotations")
    items = listed.get("items") or listed["annotations"]
    first, second = items[0], items[1]
    stack.call(
        "PATCH",
        f"/v1/annotations/{first['annotation_id']}",
        {"label": "mist"},
        **{"If-Match": f'"{first["revision"]}"'},
    )
    stack.call("DELETE", f"/v1/annotations/{second['annotation_id']}", **{"If-Match": f'"{second["revision"]}"'})
    schema = {"labels": [{"name": "boat", "color": "#ff0000"}, {"name": "car"}], "enforced_fields": []}
    stack.call("PUT", "{p}/label-schemas/harbour", schema, **{"If-Match": '"0"'})
    view = {"filter": {"field": "tags", "eq": "night"}, "sort": "-created_at"}
    stack.call("PUT", "{p}/views/night", view)
    vector = {"asset_id": picture["asset_id"], "model": "clip", "version": "1", "vector": [0.1, 0.2, 0.3]}
    stack.call("POST", "{p}/embeddings", {"embeddings": [{**vector, "preprocessing": "none"}]})
    begun = {"file_name": "later.jpg", "content_type": "image/jpeg", "size_bytes": 10, "idempotency_key": "cam7-1"}
    stack.call("POST", "{p}/uploads", {"uploads": [begun]})
    stack.call("DELETE", f"/v1/assets/{assets[-1]['asset_id']}")
    if stack.has("/v1/projects/{project}/datasets/{name}/versions"):
        stack.call("POST", "{p}/datasets/harbour/versions", {"filter": {"field": "tags", "eq": "night"}})
        stack.wait_for_jobs()


def record(stack: Stack, state: Path, folder: Path) -> None:
    """Write documents, collections (validators, indexes) and stateful resources of the version."""
    folder.mkdir()
    names = sorted(name for name in stack.database.list_collection_names() if not name.startswith("system."))
    documents = {name: list(stack.database[name].find().sort("_id", 1)) for name in names}
    (folder / "documents.json").write_text(json_util.dumps(documents, indent=1, sort_keys=True) + "\n")
    options = {each["name"]: each.get("options", {}) for each in stack.database.list_collections()}
    collections = {
        name: {
            "validator": options[name].get("validator", {}),
            "indexes": [dict(index) for index in stack.database[name].list_indexes()],
        }
        for name in names
    }
    (folder / "collections.json").write_text(json_util.dumps(collections, indent=1, sort_keys=True) + "\n")
    template = json.loads((state / "cdk.out" / "Foveal-dev.template.json").read_text())
    kept = {id: each for id, each in template["Resources"].items() if each["Type"] in STATEFUL}
    (folder / "stateful.json").write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    name, token = sys.argv[1:]
    state = Path(os.environ["FOVEAL_STATE"])
    stack = Stack(state, token)
    fill(stack)
    record(stack, state, HERE / name)
