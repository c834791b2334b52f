"""Annotations of a project: those of an asset, and bulk operations of any number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from foveal.client._async.operations import AsyncOperations
from foveal.client._async.pages import AsyncPages
from foveal.client.batches import batches
from foveal.client.calls import ABSENT, Absent

if TYPE_CHECKING:
    from foveal.client import models

MAX_OPERATIONS_A_CALL = 10_000
MAX_ASSETS_A_CALL = 1_000


class AsyncAnnotations:
    """The annotations of one project. Every method raises APIError and NetworkError."""

    def __init__(self, api: AsyncOperations, project: str) -> None:
        self._api, self._project = api, project

    def of(self, asset_id: str, *, field: str | Absent = ABSENT) -> AsyncPages[models.Annotation]:
        """Return the annotations of an asset, of one layer if `field` is given."""

        def fetch(token: str | None) -> Any:
            return self._api.list_annotations(asset_id, field=field, next_token=ABSENT if token is None else token)

        return AsyncPages(fetch, "Annotation")

    async def of_many(
        self, asset_ids: Iterable[str], *, field: str | Absent = ABSENT
    ) -> AsyncIterator[models.Annotation]:
        """Yield the annotations of many assets, in the order of their ids within each call of 1,000 assets."""
        only: models.AnnotationFilter | Absent = ABSENT if isinstance(field, Absent) else {"field": field}
        ids_of_all = iter(asset_ids)
        while some := list(islice(ids_of_all, MAX_ASSETS_A_CALL)):

            def fetch(token: str | None, ids: list[str] = some) -> Any:
                given = ABSENT if token is None else token
                return self._api.search_annotations(self._project, asset_ids=ids, annotations=only, next_token=given)

            async for each in AsyncPages[Any](fetch, "Annotation"):
                yield each

    def history(self, annotation_id: str) -> AsyncPages[models.AnnotationRevision]:
        """Return the revisions of an annotation, oldest first: states, deletions, and attempts that were refused."""

        def fetch(token: str | None) -> Any:
            given = ABSENT if token is None else token
            return self._api.list_revisions(annotation_id, project=self._project, next_token=given)

        return AsyncPages(fetch, "AnnotationRevision")

    async def bulk(
        self, operations: Iterable[Mapping[str, Any]], *, clip: bool | Absent = ABSENT, tool: str | Absent = ABSENT
    ) -> AsyncIterator[models.Written | models.RefusedOperation]:
        """Send bulk operations of any number, at most 10,000 and 4 MiB a call, and yield the result of each, in order.

        Each call is carried out on its own: those before a call that fails are written.

        Args:
            operations: For example `{"op": "create", "asset_id": …, "annotation": {…}}`, see `docs/catalog.md`.
            clip: Cut boxes at the edges of the picture instead of refusing them.
            tool: Name of the program, kept in the history.
        """
        for batch in batches(operations, MAX_OPERATIONS_A_CALL):
            answer = await self._api.write_annotations(self._project, operations=batch, clip=clip, tool=tool)
            for each in answer["results"]:
                yield each
