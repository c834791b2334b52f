"""Memory of an import: the names of the project and what is known of the file lie on disk, ranges are of one size."""

import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

from pymongo.database import Database

from foveal.database.client import Document
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.formats.base.files.source import open_source
from foveal.formats.base.model.context import Context
from foveal.formats.coco import FORMAT
from foveal.formats.reading import read
from foveal.imports import run
from foveal.imports.grouping import FileContent, groups
from foveal.imports.project_assets import ProjectAssets

RECORDS_OF_AN_IMAGE = 2
FEW, MANY = 2_200, 6_600
GROWTH_OF_AN_IMAGE = 450
"""Bytes: its place in the file, and those of its records. The names of the project and the ids were 800 besides."""


def fill(database: Database[Document], project: str, count: int) -> None:
    now = datetime.now(UTC)
    database.assets.insert_many(
        {
            "_id": f"{project}-{number}",
            "project": project,
            "status": "ready",
            "file_name": f"images/{number:012}.jpg",
            "width": 100,
            "height": 50,
            "created_at": now,
            "updated_at": now,
            "schema_version": SCHEMA_VERSION,
        }
        for number in range(count)
    )


def write_file(path: Path, images: int) -> None:
    sides = {"width": 100, "height": 50}
    names = [{"id": each, "file_name": f"images/{each:012}.jpg", **sides} for each in range(images)]
    records = [
        {"id": 10_000 + each, "image_id": each % images, "category_id": 1, "bbox": [1, 2, 3, 4]}
        for each in range(images * RECORDS_OF_AN_IMAGE)
    ]
    content = {"images": names, "annotations": records, "categories": [{"id": 1, "name": "cat"}]}
    path.write_text(json.dumps(content))


def peak_of_reading(database: Database[Document], project: str, path: Path) -> int:
    """Return the peak of traced memory while all ranges of a file are taken, as the worker takes them."""
    tracemalloc.start()
    try:
        assets = ProjectAssets(database, project)
        context = Context({}, assets, None, assets.names)
        with open_source(path) as source:
            for range_ in run._ranges(groups(read(source, FORMAT, context), FileContent())):
                assert all(assets.find(each.asset.file_name) for each in range_.groups if each.asset)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_peak_of_memory_grows_little_with_file_and_project(database: Database[Document], tmp_path: Path) -> None:
    peaks = {}
    for count in (FEW, MANY):
        project, path = f"of-{count}", tmp_path / f"{count}.json"
        fill(database, project, count)
        write_file(path, count)
        peaks[count] = peak_of_reading(database, project, path)
    assert peaks[MANY] - peaks[FEW] < (MANY - FEW) * GROWTH_OF_AN_IMAGE
