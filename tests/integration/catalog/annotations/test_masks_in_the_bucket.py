"""Masks and heatmaps that are too large for MongoDB."""

import dataclasses
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
