"""Copies that edge locations of the CDN hold: their paths, and the call that drops them.

A version that was delivered before it is blocked is marked (`cached_version`) until edge locations have dropped it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from pymongo.collection import Collection

from foveal.aws import cloudfront
from foveal.database.client import Document
from foveal.delivery.addresses import S3_UNRESERVED
from foveal.objects.buckets import is_external
from foveal.stack_contract import DERIVED_PREFIX, MASKS_PREFIX

PURGED_PREFIXES: Final = (DERIVED_PREFIX, MASKS_PREFIX)
MARKED_FIELDS: Final = {"s3.key": 1, "cached_version": 1}

Invalidate = Callable[[list[str]], None]
"""Drops cached objects by their paths. Raises AwsError."""


def invalidation(distribution_id: str | None) -> Invalidate | None:
    """Return the function that invalidates paths of a distribution; None on a stage without a CDN."""
    return partial(cloudfront.invalidate, distribution_id) if distribution_id else None


def original_path(key: str) -> str:
    """Return the CDN path of an original in every version, with a wildcard for the query of its URLs."""
    return f"/{quote(key, safe=S3_UNRESERVED)}*"


def cached_paths(asset: Mapping[str, Any]) -> list[str]:
    """Return the CDN paths, each with a wildcard at its end, of an asset's original, derivatives and masks."""
    made = [f"/{top}{asset['project']}/{asset['_id']}/*" for top in PURGED_PREFIXES]
    return made if is_external(asset) else [original_path(asset["s3"]["key"]), *made]


def drop_blocked(assets: Collection[Document], marked: Mapping[str, Any], invalidate: Invalidate) -> None:
    """Drop the original of a marked asset, then take the mark away: after an AwsError it stays for the next attempt."""
    invalidate([original_path(marked["s3"]["key"])])
    mark = {"_id": marked["_id"], "cached_version": marked["cached_version"]}
    assets.update_one(mark, {"$unset": {"cached_version": ""}})
