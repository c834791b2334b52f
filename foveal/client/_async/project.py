"""A project: its assets and annotations, uploads of files, and signed URLs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from foveal.client._async.annotations import AsyncAnnotations
from foveal.client._async.assets import AsyncAssets
from foveal.client._async.operations import AsyncOperations
from foveal.client._async.pages import AsyncPages
from foveal.client._async.transport import AsyncTransport
from foveal.client._async.uploader import AsyncUploader
from foveal.client.batches import batches
from foveal.client.calls import ABSENT, Absent

if TYPE_CHECKING:
    from foveal.client import models
    from foveal.client.folders import UploadSettings
    from foveal.client.folders.handle import FolderUpload

MAX_URLS_A_CALL = 1_000
MAX_EMBEDDINGS_A_CALL = 1_000


class AsyncProject:
    """One project. Every method raises APIError (`NoSuchProject` without a role in it) and NetworkError.

    `assets` and `annotations` list, find and change what is in it.
    """

    def __init__(self, transport: AsyncTransport, name: str) -> None:
        self.name, self._transport = name, transport
        self.api = AsyncOperations(transport)
        self.assets = AsyncAssets(transport, self.api, name)
        self.annotations = AsyncAnnotations(self.api, name)
        self._uploader = AsyncUploader(self.api, transport.http, transport.retries)

    async def upload(
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
        return await self._uploader.upload(self.name, path, item, timeout_seconds, progress)

    def upload_folder(self, path: str | Path, settings: UploadSettings | None = None) -> FolderUpload:
        """Start to upload the pictures and videos of a folder, and return the handle of the upload.

        Iterate over the handle for the outcome of each file, wait for the sum by `result()`, in a coroutine by the
        handle itself. A call that was interrupted may be repeated: files and parts that have arrived are not sent
        again. The upload has connections of its own; an `http` that was given to the client is not used.

        Raises OSError if the journal of the folder cannot be opened; the iteration and `result()` raise what
        `foveal.client.folders.upload_folder` raises.
        """
        from foveal.client.folders import UploadSettings
        from foveal.client.folders.handle import start_upload

        chosen = settings or UploadSettings()
        return start_upload(self._transport.profile, self._transport.retries, self.name, Path(path), chosen)

    async def urls(
        self, asset_ids: Iterable[str], *, variant: str = "original", **options: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield for each asset, in order, its signed URL or its problem; 1,000 are signed a call, when they are wanted.

        `options` are the other members of the call, for example `expires_in_seconds` or `disposition`.
        """
        remaining = iter(asset_ids)
        while batch := list(islice(remaining, MAX_URLS_A_CALL)):
            answer: Any = await self.api.sign_downloads(self.name, asset_ids=batch, variant=variant, **options)
            for each in answer["downloads"]:
                yield each

    async def write_embeddings(
        self, embeddings: Iterable[Mapping[str, Any]]
    ) -> AsyncIterator[models.StoredEmbedding | models.RefusedOperation]:
        """Store embeddings of any number, 1,000 a call, and yield the result of each, in order."""
        for batch in batches(embeddings, MAX_EMBEDDINGS_A_CALL):
            answer = await self.api.write_embeddings(self.name, embeddings=batch)
            for each in answer["results"]:
                yield each

    def embeddings(self, asset_id: str) -> AsyncPages[models.Embedding]:
        """Return the embeddings of an asset, with their lineage and without the vectors."""
        fetch = partial(self.api.list_embeddings, asset_id)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "Embedding")

    def uploads(
        self, state: Literal["open", "completed", "failed", "aborted", "expired"] = "open"
    ) -> AsyncPages[models.ListedUpload]:
        """Return the caller's own uploads in one state, newest first."""
        fetch = partial(self.api.list_uploads, self.name, state=state)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "ListedUpload")

    def views(self) -> AsyncPages[models.SavedView]:
        """Return the saved views by name."""
        fetch = partial(self.api.list_views, self.name)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "SavedView")

    def label_schemas(self) -> AsyncPages[models.LabelSchemaRevision]:
        """Return the label schemas, each in its newest revision."""
        fetch = partial(self.api.list_label_schemas, self.name)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "LabelSchemaRevision")

    def imports(self) -> AsyncPages[models.Import]:
        """Return the imports of label files, newest first."""
        fetch = partial(self.api.list_imports, self.name)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "Import")

    def jobs(self) -> AsyncPages[models.Job]:
        """Return the jobs of the project, newest first."""
        fetch = partial(self.api.list_jobs, self.name)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "Job")

    def members(self) -> AsyncPages[models.ProjectMember]:
        """Return the people with a role in the project, admins first; for its admins."""
        fetch = partial(self.api.list_members, self.name)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "ProjectMember")

    def datasets(self) -> AsyncPages[models.Dataset]:
        """Return the data sets by name, each with its newest version."""
        fetch = partial(self.api.list_datasets, self.name)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "Dataset")

    def dataset_versions(self, name: str) -> AsyncPages[models.DatasetVersion]:
        """Return the versions of a data set, newest first."""
        fetch = partial(self.api.list_dataset_versions, self.name, name)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "DatasetVersion")

    def dataset_members(
        self, name: str, version: str = "newest", *, split: str | None = None
    ) -> AsyncPages[models.DatasetMember]:
        """Return the members of a version by asset id, of one split if it is named."""
        fetch = partial(self.api.list_dataset_members, self.name, name, version, limit=1_000, split=split or ABSENT)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "DatasetMember")

    def replaced_members(self, name: str, version: str = "newest") -> AsyncPages[models.ReplacedMember]:
        """Return the members whose bytes were replaced or deleted, with the time until which they are kept."""
        fetch = partial(self.api.list_replaced_members, self.name, name, version)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "ReplacedMember")

    def dataset_annotations(self, name: str, version: str = "newest") -> AsyncPages[models.Annotation]:
        """Return the annotations of a version as they were pinned, by asset and id."""
        fetch = partial(self.api.list_dataset_annotations, self.name, name, version, limit=1_000)
        return AsyncPages(lambda token: fetch(next_token=given(token)), "Annotation")


def given(token: str | None) -> str | Absent:
    """Return the token of a page as calls take it: nothing for the first page."""
    return ABSENT if token is None else token
