"""Keys of objects in the bucket: readable prefixes, an alphabet in which encoded and raw keys read the same."""

import re
from typing import NamedTuple

from foveal.encoding import ids
from foveal.stack_contract import (
    DATASETS_PREFIX,
    DERIVED_PREFIX,
    EXPORTS_PREFIX,
    IMPORTS_PREFIX,
    MASKS_PREFIX,
    MEDIA_PREFIX,
    PROJECT_PATTERN,
)

_PROJECT = re.compile(PROJECT_PATTERN + r"\Z")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,10})\Z")


class MediaKey(NamedTuple):
    """Project, asset and file name in the key of an original."""

    project: str
    asset_id: str
    is_adopted: bool


def is_project(text: str) -> bool:
    return _PROJECT.match(text) is not None


def media_key(project: str, asset_id: str, file_name: str) -> str:
    """Return `media/{project}/{asset_id}/original{.ext}`; an unusual extension is left out, never escaped."""
    extension = _EXTENSION.search(file_name)
    return f"{MEDIA_PREFIX}{project}/{asset_id}/original" + (f".{extension[1].lower()}" if extension else "")


def parse_media_key(bucket: str, key: str) -> MediaKey | None:
    """Return whose original this is, or None for a key that is not below a project's `media/` prefix.

    An object that did not come through an upload (another name below `media/{project}/`) is adopted under an id
    made from bucket and key.
    """
    project, _, tail = key.removeprefix(MEDIA_PREFIX).partition("/")
    if not key.startswith(MEDIA_PREFIX) or not tail or key.endswith("/") or not is_project(project):
        return None
    asset_id, _, name = tail.partition("/")
    if ids.is_id(asset_id) and re.fullmatch(r"original(\.[a-z0-9]{1,10})?", name):
        return MediaKey(project, asset_id, is_adopted=False)
    return MediaKey(project, ids.adopted_id(bucket, key), is_adopted=True)


def derived_key(project: str, asset_id: str, version_id: str, name: str) -> str:
    return f"{DERIVED_PREFIX}{project}/{asset_id}/{version_id}/{name}"


def mask_key(project: str, asset_id: str, name: str) -> str:
    return f"{MASKS_PREFIX}{project}/{asset_id}/{name}"


def export_key(project: str, job_id: str, name: str) -> str:
    return f"{EXPORTS_PREFIX}{project}/{job_id}/{name}"


def dataset_page_key(project: str, digest: str) -> str:
    """Return the key of a page of data set versions, which all versions with this very page share."""
    return f"{DATASETS_PREFIX}{project}/pages/{digest}.jsonl"


def dataset_manifest_key(project: str, dataset: str, version: int) -> str:
    return f"{DATASETS_PREFIX}{project}/{dataset}/{version}/manifest.json"


def import_key(project: str, import_id: str, name: str) -> str:
    return f"{IMPORTS_PREFIX}{project}/{import_id}/{name}"
