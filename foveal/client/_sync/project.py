"""A project: its assets, annotations, uploads, views and label schemas, with lists as iterators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from foveal.client._sync.operations import Operations
from foveal.client._sync.pages import Pages
from foveal.client._sync.uploader import Uploader
from foveal.client.calls import ABSENT, Absent
from foveal.client.retries import RetryPolicy

if TYPE_CHECKING:
    from foveal.client import models

MAX_PAGE_ASSETS = 500
MAX_URLS_A_CALL = 1_000
MAX_OPERATIONS_A_CALL = 10_000


class Project:
    """One project. Every method raises APIError (`NoSuchProject` without a role in it) and NetworkError."""

    def __init__(self, api: Operations, name: str, http: httpx2.Client, retries: RetryPolicy) -> None:
        self.api, self.name = api, name
        self._uploader = Uploader(api, http, retries)

    def upload(
        self,
        path: str | Path,
        *,
        timeout_seconds: float | None = 60,
        progress: Callable[[int, int], None] | None = None,
        **item: Any,
    ) -> models.Asset:
        """Upload one file and return its asset, once its facts are known.

        The same bytes under the same name are one asset for 30 days, so a call that was interrupted may be repeated; of
        a file above 100 MiB only the parts that have not arrived are sent again.

        Args:
            path: The file, of at least one byte.
            timeout_seconds: How long to wait for the facts; None returns the pending asset at once.
            progress: Called with the bytes that S3 has acknowledged, and the size.
            item: Members of the begun item, for example `tags`, `attributes`, `content_type`.

        Raises UploadError for a file that cannot be read or has changed, that S3 or the API refused, whose asset failed
        or was quarantined (with the reason), or whose facts were not there in time.
        """
        return self._uploader.upload(self.name, path, item, timeout_seconds, progress)

    def search(
        self,
        filter: Mapping[str, Any] | None = None,
        *,
        sort: str = "-created_at",
        view: str | Absent = ABSENT,
        fields: list[str] | Absent = ABSENT,
        page_size: int = MAX_PAGE_ASSETS,
    ) -> Pages[models.FoundAsset]:
        """Return the assets that a filter finds, in order, as an iterator over all pages.

        Args:
            filter: As `docs/search.md` describes, for example `{"field": "width", "gte": 1920}`; None finds all.
            sort: Field, with `-` before it for descending order.
            view: Name of a saved view whose filter must hold as well.
            fields: Members to answer beside `asset_id`; all when not given.
            page_size: Assets of one call, 1 to 500.
        """
        given: Any = ABSENT if filter is None else filter

        def fetch(token: str | None) -> Any:
            return self.api.search_assets(
                self.name, filter=given, sort=sort, view=view, fields=fields, limit=page_size, next_token=token
            )

        return Pages(fetch)

    def annotations(self, asset_id: str, *, field: str | Absent = ABSENT) -> Pages[models.Annotation]:
        """Return the annotations of an asset, of one layer if `field` is given."""

        def fetch(token: str | None) -> Any:
            return self.api.list_annotations(asset_id, field=field, next_token=ABSENT if token is None else token)

        return Pages(fetch)

    def write_annotations(self, operations: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """Send bulk operations of any number, 10,000 a call, and yield the result of each, in order.

        Each call is carried out on its own: those before a call that fails are written.
        """
        remaining = iter(operations)
        while batch := list(islice(remaining, MAX_OPERATIONS_A_CALL)):
            sent: Any = batch
            answer: Any = self.api.write_annotations(self.name, operations=sent)
            yield from answer["results"]

    def urls(self, asset_ids: Iterable[str], *, variant: str = "original", **options: Any) -> Iterator[dict[str, Any]]:
        """Yield for each asset, in order, its signed URL or its problem; 1,000 are signed a call, when they are wanted.

        `options` are the other members of the call, for example `expires_in_seconds` or `disposition`.
        """
        remaining = iter(asset_ids)
        while batch := list(islice(remaining, MAX_URLS_A_CALL)):
            answer: Any = self.api.sign_downloads(self.name, asset_ids=batch, variant=variant, **options)
            yield from answer["downloads"]
