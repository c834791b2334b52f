"""Versions of an asset's object: list, revert, delete marker on and off, deletion of single versions.

All of it changes the bucket alone. The catalog follows by S3's events, as it follows any other writer of the bucket.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from pydantic import Field

from foveal.aws import errors as aws
from foveal.aws.s3 import S3, ListedVersion
from foveal.delivery.archive import Tier, restore_state
from foveal.errors import EntityTooLarge, InvalidObjectState, NoSuchVersion, VersionProtected
from foveal.validation.models import Model

MAX_COPY_BYTES: Final = 5 * 1024**3


class RevertRequest(Model):
    """The body of a request to revert."""

    version_id: str


class RetrieveRequest(Model):
    """The body of a request for archived bytes; `days` is how long the readable copy stays."""

    version_id: str | None = None
    days: int = Field(default=7, ge=1, le=365)
    tier: Tier = "Standard"


def versions_of(bucket: S3, asset: Mapping[str, Any]) -> list[ListedVersion]:
    """Return all versions and delete markers of an asset's object, newest first."""
    key = asset["s3"]["key"]
    found: list[ListedVersion] = []
    markers: tuple[str, str] | None = None
    while True:
        page = bucket.list_versions(key, markers)
        found += [each for each in page.versions if each.key == key]
        markers = page.next_markers
        if markers is None or any(each.key != key for each in page.versions):
            return found


def described(version: ListedVersion) -> dict[str, Any]:
    """Return the public form of a version."""
    shown: dict[str, Any] = {
        "version_id": version.version_id,
        "is_latest": version.is_latest,
        "is_delete_marker": version.is_delete_marker,
        "created_at": version.last_modified,
    }
    if version.is_delete_marker:
        return shown
    stored = {"size_bytes": version.size_bytes, "etag": version.etag, "storage_class": version.storage_class}
    return {**shown, **stored}


def revert(bucket: S3, asset: Mapping[str, Any], version_id: str) -> str | None:
    """Make an earlier version the current one by copying it on top; return the new version id.

    The version that was current stays in the list. The copy has no tags, because the old ones may hold a former verdict
    of ingest, which judges the copy anew. Raises NoSuchVersion, InvalidObjectState for
    archived bytes, EntityTooLarge above the 5 GiB that S3 copies in one call.
    """
    key = asset["s3"]["key"]
    chosen = next((each for each in versions_of(bucket, asset) if each.version_id == version_id), None)
    if chosen is None or chosen.is_delete_marker:
        raise NoSuchVersion("There is no such version.")
    if chosen.size_bytes > MAX_COPY_BYTES:
        raise EntityTooLarge("S3 copies at most 5 GiB in one call; download this version and upload it again.")
    source = f"/{bucket.bucket}/{quote(key)}?versionId={quote(version_id, safe='')}"
    try:
        copied = {"x-amz-copy-source": source, "x-amz-tagging-directive": "REPLACE"}
        return bucket.put(key, b"", "application/octet-stream", copied)
    except aws.InvalidObjectState:
        state = restore_state(bucket, key, version_id)
        raise InvalidObjectState("That version is archived; retrieve it first.", restore=state) from None


def delete(bucket: S3, asset: Mapping[str, Any]) -> str | None:
    """Put a delete marker on top, unless there is one; return its version id. `undelete` removes it again."""
    found = versions_of(bucket, asset)
    if found and found[0].is_delete_marker:
        return found[0].version_id
    return bucket.delete(asset["s3"]["key"])


def undelete(bucket: S3, asset: Mapping[str, Any]) -> str:
    """Remove the delete markers on top; return the id of the version that is then current.

    Raises NoSuchVersion when no version is left.
    """
    found = versions_of(bucket, asset)
    current = next((each for each in found if not each.is_delete_marker), None)
    if current is None:
        raise NoSuchVersion("Nothing is left to restore.")
    for each in found[: found.index(current)]:
        bucket.delete(each.key, each.version_id)
    return current.version_id


def delete_version(bucket: S3, asset: Mapping[str, Any], version_id: str) -> None:
    """Delete one version for good. Raises NoSuchVersion, VersionProtected for one under object lock."""
    if version_id not in {each.version_id for each in versions_of(bucket, asset)}:
        raise NoSuchVersion("There is no such version.")
    purge(bucket, asset["s3"]["key"], version_id)


def purge_below(bucket: S3, prefix: str) -> int:
    """Delete all versions of all objects below a prefix; return their number. Raises VersionProtected."""
    count = 0
    while True:
        page = bucket.list_versions(prefix)
        for each in page.versions:
            purge(bucket, each.key, each.version_id)
        count += len(page.versions)
        if page.next_markers is None:
            return count


def purge(bucket: S3, key: str, version_id: str) -> None:
    """Delete one version or delete marker. Raises VersionProtected for one under object lock."""
    try:
        bucket.delete(key, version_id)
    except aws.AccessDenied:
        raise VersionProtected("The version is locked, or this stage may not delete for good.") from None
