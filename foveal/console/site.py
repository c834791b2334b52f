"""Publication of the console: built files and settings go into a bucket, below the path at which the CDN serves them.

The page goes last, so that it never names a file that is not there yet. Files of earlier builds stay for a week: a page
that is open loads parts of the program later, by the names of its own build.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from foveal.access.issuer import discovery_url

PREFIX: Final = "console/"
PAGE: Final = "index.html"
SETTINGS: Final = "config.json"
HASHED_FOLDER: Final = "assets"
"""Folder of the files whose names hold a hash of their content (Vite, `build.assetsDir`)."""
KEPT_FOR: Final = timedelta(days=7)
IMMUTABLE: Final = "public, max-age=31536000, immutable"
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""Of each kind of file that a build may hold: browsers run no script whose type is another."""
MAX_DELETED_AT_ONCE: Final = 1_000


class UnknownFile(ValueError):
    """A built file whose media type is not known."""


def publish(s3: Any, bucket: str, folder: Path) -> None:
    """Put the files of a build into the bucket and delete those of builds before last week's.

    `s3` is a boto3 client. Raises UnknownFile, before anything is written.
    """
    files = {path.relative_to(folder).as_posix(): path for path in built_files(folder)}
    types = {name: _media_type(name) for name in files}
    for name in sorted(files, key=lambda each: (each == PAGE, each)):
        cache_control = IMMUTABLE if name.startswith(f"{HASHED_FOLDER}/") else "no-cache"
        _put(s3, bucket, name, files[name].read_bytes(), types[name], cache_control)
    _delete_outdated(s3, bucket, kept={*files, SETTINGS})


def built_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a build in order, without hidden ones; nothing when there is no build."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def write_settings(s3: Any, bucket: str, settings: dict[str, Any], issuer_origin: str | None = None) -> None:
    """Put `config.json`, from which the page learns its stage and how to sign in.

    `issuer_origin` is where the issuer is reached in place of its own; only the local stack has one.
    """
    if issuer_origin:
        here = discovery_url(settings["sign_in"]["issuer"], issuer_origin)
        settings = {**settings, "sign_in": {**settings["sign_in"], "discovery_url": here}}
    text = json.dumps(settings, indent=2, sort_keys=True)
    _put(s3, bucket, SETTINGS, text.encode(), MEDIA_TYPES[".json"], "no-cache")


def read_settings(s3: Any, bucket: str) -> dict[str, Any]:
    """Return the settings in the bucket."""
    settings: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=PREFIX + SETTINGS)["Body"].read())
    return settings


def empty(s3: Any, bucket: str) -> None:
    """Delete every version of every file, so that the bucket can be deleted with its stack."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=PREFIX)
    for page in pages:
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        _delete(s3, bucket, [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in listed])


def _put(s3: Any, bucket: str, name: str, content: bytes, media_type: str, cache_control: str) -> None:
    s3.put_object(Bucket=bucket, Key=PREFIX + name, Body=content, ContentType=media_type, CacheControl=cache_control)


def _delete_outdated(s3: Any, bucket: str, kept: set[str]) -> None:
    before = datetime.now(UTC) - KEPT_FOR
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX)
    for page in pages:
        outdated = [
            {"Key": each["Key"]}
            for each in page.get("Contents", [])
            if each["Key"].removeprefix(PREFIX) not in kept and each["LastModified"] < before
        ]
        _delete(s3, bucket, outdated)


def _delete(s3: Any, bucket: str, objects: list[dict[str, str]]) -> None:
    for start in range(0, len(objects), MAX_DELETED_AT_ONCE):
        batch = objects[start : start + MAX_DELETED_AT_ONCE]
        failed = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True}).get("Errors")
        if failed:
            raise RuntimeError(f"{failed[0]['Key']} could not be deleted: {failed[0].get('Message', '')}")


def _media_type(name: str) -> str:
    suffix = Path(name).suffix
    if suffix not in MEDIA_TYPES:
        raise UnknownFile(f"{name}: the media type of {suffix or 'such a file'} is unknown; add it to {__name__}")
    return MEDIA_TYPES[suffix]
