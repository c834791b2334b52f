"""Samples of a data set version: each member with its pinned bytes, split and annotations."""

import mimetypes
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from foveal.client import Foveal, FovealError

UNVERSIONED: Final = "null"
"""Version id of an object in a bucket without versions (Amazon S3 User Guide, "Working with versioning")."""


def resolved(client: Foveal, project: str, dataset: str, version: int | str) -> dict[str, Any]:
    """Return what a manifest of a version is a list of: its number and its root. Raises APIError, NetworkError."""
    found: Any = client.project(project).api.get_dataset_version(project, dataset, str(version))
    return {"dataset": dataset, "version": found["version"], "root": found.get("root")}


def samples(client: Foveal, project: str, dataset: str, version: int, split: str | None) -> Iterator[dict[str, Any]]:
    """Yield the members of a version by asset id, as lines of a manifest.

    Raises APIError (409 `Conflict` for an annotation that is not there any more as it was pinned), NetworkError.
    """
    opened = client.project(project)
    by_asset = groupby(opened.dataset_annotations(dataset, str(version)), key=lambda each: each["asset_id"])
    asset_id, group = next(by_asset, ("", iter(())))
    for member in opened.dataset_members(dataset, str(version), split=split):
        while asset_id and asset_id < member["asset_id"]:
            asset_id, group = next(by_asset, ("", iter(())))
        annotations = [dict(each) for each in group] if asset_id == member["asset_id"] else []
        if len(annotations) != len(member["annotations"]):
            raise FovealError(f"{dataset}, version {version}: the annotations of {member['asset_id']} are incomplete")
        yield _sample(member, annotations)


def _sample(member: Mapping[str, Any], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    algorithm, _, checksum = member["checksum"].partition(":")
    s3, file_name = member["s3"], member["file_name"]
    guessed = mimetypes.guess_type(file_name)[0] or mimetypes.guess_type(s3["key"])[0]
    return {
        "asset_id": member["asset_id"],
        "version": s3["version_id"] or UNVERSIONED,
        "file_name": file_name,
        "mime_type": guessed or "",
        "size_bytes": s3["size_bytes"],
        "crc64nvme": checksum if algorithm == "crc64nvme" else None,
        "facts": {"split": member["split"], "annotations": [dict(sorted(each.items())) for each in annotations]},
    }
