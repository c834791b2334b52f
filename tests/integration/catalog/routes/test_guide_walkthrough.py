"""The walk through the catalog in its documentation: each request is answered as the reader expects."""

import json
import re
from pathlib import Path
from typing import NamedTuple

from pymongo.database import Database

from foveal.database.client import Document
from tests.catalog_function import handler
from tests.integration.catalog.conftest import Answer, Client, an_asset

DOCUMENT = Path(__file__).parents[4] / "docs" / "catalog.md"


class Step(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: str


def steps() -> list[Step]:
    found = []
    for block in re.findall(r"```http\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        head, _, body = block.partition("\n\n")
        (method, path), *headers = (line.split(" ", 1) for line in head.splitlines())
        found.append(Step(method, path, {name.rstrip(":").lower(): value for name, value in headers}, body))
    return found


def carry_out(client: Client, step: Step, asset_id: str) -> Answer:
    path = step.path.replace("$ASSET", asset_id)
    for key in handler.api.routes:
        method, _, template = key.partition(" ")
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
        if found is not None and method == step.method:
            return client.call(key, found.groupdict(), json.loads(step.body.replace("$ASSET", asset_id)), step.headers)
    raise AssertionError(f"no route answers {step.method} {path}")


def test_every_request_of_the_walk_is_answered_as_it_says(database: Database[Document], admin: Client) -> None:
    asset = an_asset()
    database.assets.insert_one(asset)
    answers = [carry_out(admin, step, asset["_id"]) for step in steps()]
    assert [answer.status for answer in answers] == [200, 201, 200, 200, 200, 200, 200, 200], answers
    schema, box, bulk, layer, vectors, found, numbers, alike = (answer.body for answer in answers)
    assert schema["revision"] == 1
    assert box["bbox"] == [0.1, 0.1, 0.2, 0.2]
    assert [each["revision"] for each in bulk["results"]] == [1, 1]
    assert layer["annotation_revision"] == 3
    assert [each["asset_id"] for each in found["items"]] == [asset["_id"]]
    assert {each["label"]: each["annotations"] for each in numbers["aggregates"]["labels"]["labels"]} == {
        "boat": 1,
        "car": 1,
        "fog": 1,
    }
    assert sum(numbers["aggregates"]["sizes"]["counts"]) == 2
    assert vectors["results"][0]["asset_id"] == asset["_id"]
    assert alike["items"][0]["asset_id"] == asset["_id"]
    assert alike["items"][0]["similarity"] > 0.99
