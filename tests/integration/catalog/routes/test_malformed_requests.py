"""Malformed requests of every route: a documented answer or a clear refusal, never an internal error."""

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database

from foveal.database.client import Document
from tests.integration.catalog.annotation_requests import BOX
from tests.integration.catalog.conftest import Client
from tests.integration.catalog.routes.test_project_isolation import BODIES, World, catalog_routes

TEXTS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "$where",
    "$$NOW",
    "a.b",
    ".",
    "..",
    "../../x",
    "-1",
    "1e400",
    "nan",
    "-inf",
    "٣",
    "x" * 5000,
    "\U0010ffff",
    "'; return true; //",
    '{"$ne": null}',
    "(a+)+$",
    "%00",
    "https://example.com/\r\nx-y: z",
]
VALUES: list[Any] = [
    *("", "\x00", "$where", "a.b", "1e400", "x" * 5000, "\U0010ffff"),
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    2**64,
    -(2**63) - 1,
    10**400,
    1.5,
    -0.0,
    1e308,
    math.inf,
    {"a": [math.inf]},
    "DEEP",
    [],
    {},
    [[]],
    [None],
    [{}],
    {"$ne": None},
    {"$where": "sleep(1000)"},
    {"$regex": "(a+)+$"},
    {"$gt": ""},
    {"a.b": 1},
    {"": 1},
    {"\x00": 1},
    {"__proto__": 1},
    ["x"] * 2000,
    {f"k{n}": n for n in range(2000)},
]
QUERY = [
    *("limit", "next_token", "field", "frame_from", "revision", "label", "sort", "$where", "fields", "view"),
    *("size_bytes.gte", "captured_at.lt", "attributes.x", "attributes.x.in", "confidence.gte", "area.lt"),
    *("tags.in", "file_name.prefix", "checksums.verified", "captured_at.exists", "type"),
]
RAW = [
    "",
    " ",
    "null",
    "[]",
    "1",
    '"text"',
    "{",
    "{}{}",
    "NaN",
    '{"a": NaN}',
    '{"limit": Infinity}',
    '{"limit": 1e400}',
    '{"limit": ' + "9" * 5000 + "}",
    "[" * 100_000,
    '{"filter":' * 50_000,
    '{"filter": ' + '{"not": ' * 500 + '{"field": "tags", "eq": "x"}' + "}" * 501,
    '{"fields": ["\\ud800"]}',
    '{"\\ud800": 1}',
    '{"filter": {"field": "tags", "eq": "\\udfff"}}',
    '{"limit": 1, "limit": {"$gt": 0}}',
    "\ud800",
    "\ufeff{}",
    "\x00",
    '{"fields": ' + json.dumps(["tags"] * 100_000) + "}",
]
MORE_BODIES: dict[str, list[Any]] = {
    "POST /v1/projects/{project}/assets/search": [
        {
            "filter": {
                "and": [
                    {"field": "size_bytes", "gte": 1, "in": [1]},
                    {"not": {"near": {"longitude": 1, "latitude": 1, "metres": 5}}},
                    {"within": [[0, 0], [1, 0], [1, 1], [0, 0]]},
                    {"annotations": {"all": {"label": ["a"], "confidence": {"gte": 0.5}, "area": {"lt": 1}}}},
                ]
            },
            "view": "v",
            "sort": "-size_bytes",
            "limit": 5,
            "next_token": "x",
            "fields": ["tags"],
        }
    ],
    "POST /v1/projects/{project}/assets/aggregate": [
        {
            "filter": {"or": [{"field": "created_at", "lt": "2026-01-01T00:00:00Z", "exists": True}]},
            "view": "v",
            "aggregates": {
                "a": {"counts": {"field": "attributes.x", "limit": 5}},
                "b": {"histogram": {"field": "size_bytes", "boundaries": [0, 1]}},
                "c": {"quantiles": {"field": "width", "at": [0.5]}},
                "d": {"annotation_counts": {"by": ["label"], "where": {"type": "detection", "width": {"gt": 0.1}}}},
                "e": {"annotation_histogram": {"of": "area", "buckets": 3}},
                "f": {"labels": {"field": "g", "type": "detection"}},
                "g": {"co_occurrence": {"field": "g"}},
                "h": {"grid": {"degrees": 1.5, "bbox": [170, -10, -170, 10]}},
            },
        }
    ],
    "POST /v1/projects/{project}/assets/edit": [
        {"filter": {"field": "tags", "eq": "x"}, "add_tags": ["x"], "remove_tags": ["y"]},
        {"set_attributes": {"x": 1}, "unset_attributes": ["y"], "next_token": "x", "view": "v"},
    ],
    "POST /v1/projects/{project}/assets/similar": [
        {"to": {"vector": [1, 0]}, "space": {"model": "clip", "version": "1"}, "limit": 3, "filter": None}
    ],
    "POST /v1/projects/{project}/assets/duplicates": [
        {"by": "embedding", "space": {"model": "clip"}, "threshold": 0.9, "limit": 3}
    ],
    "POST /v1/projects/{project}/annotations/bulk": [
        {
            "operations": [
                {"op": "update", "annotation_id": "ANNOTATION", "revision": 1, "changes": {"label": "x"}},
                {"op": "restore", "annotation_id": "ANNOTATION", "revision": 1, "to": 1},
                {"op": "delete", "annotation_id": "ANNOTATION", "revision": 1},
            ],
            "ordered": True,
            "clip": True,
            "tool": "t",
        }
    ],
    "POST /v1/assets/{asset_id}/annotations": [
        {
            "annotation": {
                **BOX,
                "extra": {"a": [1]},
                "attributes": {"x": [1]},
                "origin": {"format": "coco", "record": "{}"},
                "relations": [{"to": "x", "labels": ["y"]}],
                "review": {"state": "accepted", "at": "2026-01-01T00:00:00Z"},
                "run": {"model": "m", "params": {"x": 1}},
            },
            "annotation_id": "01a21f2a-28f0-7145-a6ba-720b472a2c20",
        },
        {"annotation": {"type": "polygon", "field": "g", "rings": [[[0, 0], [0.5, 0], [0.5, 0.5]]], "holes": []}},
        {"annotation": {"type": "keypoints", "field": "g", "keypoints": [{"name": "n", "x": 0.1, "y": 0.1}]}},
        {
            "annotation": {
                "type": "mask",
                "field": "g",
                "mask": {"encoding": "coco_rle_str", "size": [480, 640], "counts": "\\`@"},
            }
        },
        {
            "annotation": {
                "type": "heatmap",
                "field": "g",
                "map": {"dtype": "uint8", "size": [1, 1], "values": "eJxjAAAAAQAB", "range": [0, 1]},
            }
        },
        {"annotation": {"type": "ellipse", "field": "g", "ellipse_px": {"cx": 9, "cy": 9, "rx": 2, "ry": 2}}},
        {"annotation": {"type": "cuboid", "field": "g", "cuboid": [0.5] * 16}},
    ],
    "PUT /v1/projects/{project}/label-schemas/{name}": [
        {
            "description": "d",
            "labels": [
                {
                    "name": "a",
                    "color": "#ffffff",
                    "type": "keypoints",
                    "attributes": [{"name": "x", "input_type": "select", "values": [1], "default": 1}],
                    "skeleton": {"names": ["a", "b"], "edges": [[0, 1]]},
                    "external_ids": {"coco": 1},
                }
            ],
            "enforced_fields": ["strict"],
        }
    ],
    "PUT /v1/projects/{project}/views/{name}": [
        {"filter": {"field": "tags", "eq": "x"}, "sort": "created_at", "fields": ["tags"], "description": "d"}
    ],
    "PUT /v1/assets/{asset_id}/fields/{field}/annotations": [{"annotations": [BOX], "reviewed": True, "clip": True}],
}


def mutations(body: Any, values: list[Any]) -> Iterator[Any]:
    """Yield the body with each of its values, at any depth, replaced by each hostile one, and with a hostile member."""
    for path in _paths(body):
        for value in values:
            changed = copy.deepcopy(body)
            at = changed
            for step in path[:-1]:
                at = at[step]
            if path:
                at[path[-1]] = value
            else:
                changed = value
            yield changed
        if isinstance(_at(body, path), dict):
            for name in ("$where", "$ne", "a.b", "\x00", "", "_id", "project", "__proto__"):
                changed = copy.deepcopy(body)
                _at(changed, path)[name] = {"$gt": ""}
                yield changed


def _at(body: Any, path: list[Any]) -> Any:
    for step in path:
        body = body[step]
    return body


def _paths(body: Any) -> Iterator[list[Any]]:
    yield []
    children = body.items() if isinstance(body, dict) else enumerate(body[:3]) if isinstance(body, list) else ()
    for step, child in children:
        for path in _paths(child):
            yield [step, *path]


def assert_clear(answer: Any, sent: Any) -> None:
    """An answer, or a problem that says what is wrong."""
    assert answer.status < 500, (answer.status, answer.text[:300], str(sent)[:300])
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.body["code"] != "InternalError"
        assert len(answer.body["detail"]) >= 10, answer.body
        assert len(answer.text) < 20_000


@pytest.mark.parametrize("key", sorted(BODIES))
def test_body_of_any_values_is_answered_or_refused(database: Database[Document], admin: Client, key: str) -> None:
    world = World(database, admin)
    request = world.request(key, absent=False)
    for body in (BODIES[key], *MORE_BODIES.get(key, [])):
        text = json.dumps(body).replace("ASSET", world.asset["_id"])
        text = text.replace("ANNOTATION", world.annotation["annotation_id"])
        for sent in mutations(json.loads(text), VALUES):
            raw = json.dumps(sent).replace("Infinity", "1e400").replace('"DEEP"', "[" * 900 + "]" * 900)
            assert_clear(admin.call(key, **{**request, "raw": raw}), sent)
    for read in (each for each in catalog_routes() if each.startswith("GET ")):
        assert_clear(admin.call(read, **world.request(read, absent=False)), f"{read} after all of it")


@pytest.mark.parametrize("key", sorted(BODIES))
def test_body_that_is_no_json_or_too_much_of_it_is_refused(
    database: Database[Document], admin: Client, key: str
) -> None:
    request = World(database, admin).request(key, absent=False)
    for raw in RAW:
        assert_clear(admin.call(key, **{**request, "raw": raw}), raw[:100])


@pytest.mark.parametrize("key", catalog_routes())
def test_path_or_header_of_any_text_is_answered_or_refused(
    database: Database[Document], admin: Client, key: str
) -> None:
    request = World(database, admin).request(key, absent=False)
    for text in TEXTS:
        for name in request["path"]:
            assert_clear(admin.call(key, **{**request, "path": {**request["path"], name: text}}), (name, text))
        for header in ("if-match", "if-none-match"):
            assert_clear(admin.call(key, **{**request, "headers": {**request["headers"], header: text}}), text)
        for name in QUERY:
            assert_clear(admin.call(key, **request, query={name: text}), (name, text))
        assert_clear(admin.call(key, **request, query={text: "1"}), text)
