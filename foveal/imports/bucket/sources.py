"""Sources of rows: an inventory report or a listing, read in batches that can be continued behind any of them."""

import itertools
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from foveal.aws.errors import AccessDenied, AwsError, NoSuchBucket
from foveal.aws.s3 import S3
from foveal.errors import Unprocessable
from foveal.imports.bucket import inventory
from foveal.imports.bucket.inventory import BATCH_ROWS, Manifest
from foveal.imports.bucket.rows import Refused, Row

Cursor = Mapping[str, Any]
"""Place behind a batch, as JSON values; empty at the beginning."""
_REPLACEMENT = "\ufffd"


class Batch(NamedTuple):
    """Rows in their order, and the place behind them."""

    rows: list[Row | Refused]
    cursor: Cursor


class Listing:
    """The keys below a prefix in their order, of the current versions."""

    def __init__(self, bucket: S3, prefix: str) -> None:
        self._bucket, self._prefix = bucket, prefix

    def batches(self, cursor: Cursor) -> Iterator[Batch]:
        """Yield a batch for each page behind a place. Raises Unprocessable for a bucket that cannot be listed."""
        after, number = str(cursor.get("after", "")), int(cursor.get("number", 0))
        while True:
            try:
                page = self._bucket.list_objects(self._prefix, after)
            except AwsError as error:
                raise unreadable(self._bucket.bucket, error) from None
            rows = [
                Refused(number + place, each.key, "key_not_utf8")
                if _REPLACEMENT in each.key
                else Row(
                    number + place,
                    self._bucket.bucket,
                    each.key,
                    None,
                    True,
                    False,
                    each.size_bytes,
                    each.last_modified,
                    each.etag,
                    each.storage_class,
                )
                for place, each in enumerate(page.objects)
            ]
            number += len(rows)
            after = page.objects[-1].key if page.objects else after
            if rows:
                yield Batch(rows, {"after": after, "number": number})
            if not page.has_more or not rows:
                return


class Inventory:
    """The rows of a report below a prefix: of its data files, or of every `lanes`-th file from the one at `lane`."""

    def __init__(self, bucket: S3, manifest: Manifest, prefix: str, lane: int = 0, lanes: int = 1) -> None:
        self._bucket, self._manifest, self._prefix = bucket, manifest, prefix
        self._places = range(lane, len(manifest.files), lanes)

    def batches(self, cursor: Cursor) -> Iterator[Batch]:
        """Yield batches of rows behind a place. Raises Unprocessable for a report that cannot be read."""
        first, skip = int(cursor.get("file", -1)), int(cursor.get("row", 0))
        for place in self._places:
            if place < first:
                continue
            with tempfile.TemporaryDirectory(prefix="inventory-") as folder:
                path = Path(folder) / "data"
                inventory.fetch(self._bucket, self._manifest.files[place], path)
                found = inventory.rows(self._manifest, path, skip if place == first else 0)
                while rows := list(itertools.islice(found, BATCH_ROWS)):
                    wanted = [each for each in rows if each.key.startswith(self._prefix) or not _has_key(each)]
                    yield Batch(wanted, {"file": place, "row": rows[-1].number + 1})


def _has_key(row: Row | Refused) -> bool:
    return isinstance(row, Row)


def unreadable(bucket: str, error: AwsError) -> Exception:
    """Return the problem of a bucket that cannot be read, in the words of its user; other errors as they are."""
    if error.operation == "AssumeRole":
        return Unprocessable(
            f"The role for the bucket {bucket} cannot be assumed ({error.code}): its trust policy has to name this "
            "account, with the external id of the stage (`foveal bucket policy` prints it)."
        )
    if isinstance(error, NoSuchBucket) or error.status == 404:
        return Unprocessable(f"There is no bucket {bucket}: look at the name, the region and the account.")
    if isinstance(error, AccessDenied) or error.status == 403:
        return Unprocessable(
            f"S3 does not let this stage list the bucket {bucket}: its owner allows s3:ListBucket and s3:GetObject "
            "(`foveal bucket policy` prints the policy)."
        )
    if error.status in (301, 307, 400):
        return Unprocessable(
            f"S3 answers {error.code} for the bucket {bucket}: it lies in another region; name it in imports.buckets."
        )
    return error
