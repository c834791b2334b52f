"""Masks and heatmaps that are too large for MongoDB."""

import dataclasses
import json
from typing import Any

import numpy
import pytest
from aws_lambda_powertools import Logger
from pymongo.database import Database

from foveal.api.gateway import Api
from foveal.catalog.routes import annotations, asset_annotations, bulk_annotations
from foveal.database.client import Document
from tests.catalog_function import handler
from tests.integration.catalog.annotation_requests import (
    BOX,
    MAP,
    MASK,
    PATCH,
    assert_true_to_annotations,
    create,
    created,
    on,
)
from tests.integration.catalog.annotations.test_annotation_types import heatmap
from tests.integration.catalog.conftest import Client
from tests.integration.catalog.in_memory_masks import MemoryMasks


def large_mask() -> Any:
    counts = [1] * 20_000 + [480 * 640 - 20_000]
    return {"type": "mask", "field": "g", "mask": {"encoding": "coco_rle", "size": [480, 640], "counts": counts}}


def test_large_masks_are_stored_in_the_bucket_and_come_back(
    database: Database[Document], asset: Document, editor: Client, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = MemoryMasks()
    monkeypatch.setattr(handler.handler, "routes", with_masks(shelf))
    made = created(editor, asset, large_mask())
    assert "counts" not in made["mask"]
    assert (made["mask"]["area"], len(shelf.objects)) == (10_000, 1)
    path = {"annotation_id": made["annotation_id"]}
    assert viewer.call(MASK, path).body == large_mask()["mask"]["counts"]
    renamed = editor.call(PATCH, **on(made), body={"label": "van"})
    assert (renamed.status, renamed.body["mask"]) == (200, made["mask"])
    assert_true_to_annotations(database)


def test_long_records_of_files_are_stored_in_the_bucket_and_stay_when_something_else_changes(
    database: Database[Document], asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = MemoryMasks()
    monkeypatch.setattr(handler.handler, "routes", with_masks(shelf))
    short, long = ({"format": "coco", "record": "x" * length} for length in (65_536, 65_537))
    assert created(editor, asset, {**BOX, "origin": short})["origin"]["record"] == short["record"]
    made = created(editor, asset, {**BOX, "origin": long})
    assert "record" not in made["origin"]
    assert json.loads(shelf.get(made["origin"]["s3"])) == long["record"]
    moved = editor.call(PATCH, **on(made), body={"bbox": [0.2, 0.2, 0.1, 0.1]})
    assert moved.body["origin"] == {**made["origin"], "edited": True}
    named = editor.call(PATCH, **on(moved.body), body={"label": "van"})
    assert (named.status, named.body["origin"]) == (200, moved.body["origin"])
    assert_true_to_annotations(database)


def test_object_of_a_record_is_not_named_by_a_caller(asset: Document, editor: Client) -> None:
    foreign = {"bucket": "media", "key": "media/other/secret", "sha256": "0" * 64, "size_bytes": 1}
    answer = create(editor, asset, {**BOX, "origin": {"format": "coco", "s3": foreign}})
    assert (answer.status, answer.body["code"]) == (400, "InvalidRequest")
    made = created(editor, asset, {**BOX, "origin": {"format": "coco", "record": "{}"}})
    for change in ({"origin": {"s3": foreign}}, {"origin": {"s3": foreign}, "bbox": [0.2, 0.2, 0.1, 0.1]}):
        assert editor.call(PATCH, **on(made), body=change).status == 400


def test_large_heatmaps_are_stored_in_the_bucket_and_come_back(
    database: Database[Document], asset: Document, editor: Client, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler.handler, "routes", with_masks(MemoryMasks()))
    large = heatmap(numpy.random.default_rng(1).random((100, 200)).tolist())
    made = created(editor, asset, large)
    assert "values" not in made["map"]
    path = {"annotation_id": made["annotation_id"]}
    assert viewer.call(MAP, path).body == large["map"]["values"]
    assert viewer.call(MASK, path).status == 404
    small = created(editor, asset, heatmap([[0.5]]))
    assert viewer.call(MAP, {"annotation_id": small["annotation_id"]}).body == small["map"]["values"]
    assert_true_to_annotations(database)


def test_callers_cannot_name_the_object_of_a_mask(
    asset: Document, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler.handler, "routes", with_masks(MemoryMasks()))
    theirs = {"bucket": "media", "key": "masks/meadow/a/b", "sha256": "0" * 64, "size_bytes": 9}
    pointing = {"encoding": "coco_rle", "size": [480, 640], "s3": theirs}
    assert create(editor, asset, {"type": "mask", "field": "g", "mask": pointing}).status == 400
    made = created(editor, asset, large_mask())
    assert editor.call(PATCH, **on(made), body={"mask": pointing}).status == 400


def with_masks(shelf: MemoryMasks) -> Any:
    """Return the routes of the function with a store of masks."""
    api = Api(Logger(), lambda: handler.settings.access)
    services = dataclasses.replace(handler.services, masks=lambda: shelf)
    for routes in (annotations, asset_annotations, bulk_annotations):
        routes.add(api, services)
    return api.routes
