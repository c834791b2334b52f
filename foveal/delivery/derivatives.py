"""Addresses of derivatives; the render function makes the missing ones."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final

from pymongo.database import Database

from foveal.aws import functions
from foveal.database.client import Document
from foveal.database.snapshot import Snapshot
from foveal.delivery.addresses import Address
from foveal.delivery.archive import unreadable
from foveal.derivatives.made import known
from foveal.derivatives.recipes import Renditions, requested, require_variant
from foveal.derivatives.resolution import label_revision, resolved
from foveal.errors import Problem, RefusedByRender, RenditionNotReady
from foveal.objects.buckets import Buckets

RETRY_AFTER_SECONDS: Final = 2
MAX_RENDERS_PER_CALL: Final = 40  # that the render function makes within its time limit


class Derivatives:
    """Derivatives of assets: finds them, and requests the missing ones."""

    def __init__(
        self, database: Database[Document], buckets: Buckets, renditions: Renditions, render_function: str
    ) -> None:
        self._database, self._buckets = database, buckets
        self._renditions, self._render_function = renditions, render_function

    def address(self, asset: Mapping[str, Any], query: Mapping[str, str]) -> Address:
        """Return the address of a derivative, which is made now if this is the first demand.

        One that takes longer than an answer may is made afterwards: RenditionNotReady. Raises whatever
        `foveal.render.renderer.Renderer.make_requested` does.
        """
        with Snapshot.of(self._database) as catalog:
            recipe = resolved(catalog, asset, self._renditions, query)
        key = recipe.key(asset)
        records = known(self._database, [key])
        if key in records.made:
            return Address(key)
        if key in records.refused:
            raise RefusedByRender(records.refused[key])
        request = {"asset_id": asset["_id"], "query": dict(query)}
        answer = functions.invoke(self._render_function, {"renders": [{**request, "waits": True}]})["renders"][0]
        if "key" in answer:
            return Address(answer["key"])
        if answer["problem"]["code"] == RenditionNotReady.__name__:
            functions.invoke_async(self._render_function, {"renders": [request]})
        raise RefusedByRender(answer["problem"])

    def many(self, assets: Sequence[Mapping[str, Any]], variant: str) -> Callable[[Mapping[str, Any]], Address]:
        """Return a function that gives each asset's address of a variant.

        It raises RenditionNotReady for one that does not exist yet; all of those are being made by then, but of
        archived originals, for which it raises InvalidObjectState, and of those that cannot be made, for which it
        raises RefusedByRender. `many` itself raises Unprocessable for a variant that the stage does not offer.
        """
        require_variant(self._renditions, variant)
        query = {"variant": variant}
        keys: dict[str, str] = {}
        refused: dict[str, Problem] = {}
        with Snapshot.of(self._database) as catalog:
            revision = cache(partial(label_revision, catalog))
            for asset in assets:
                try:
                    recipe = requested(asset, self._renditions, query)
                except Problem as problem:
                    refused[asset["_id"]] = problem
                    continue
                labelled = recipe.with_labels(revision(asset["project"])) if recipe.draws_labels else recipe
                keys[asset["_id"]] = labelled.key(asset)
        existing, known_refusals = known(self._database, list(keys.values()))
        for asset_id, key in keys.items():
            if key in known_refusals:
                refused[asset_id] = RefusedByRender(known_refusals[key])
        missing = [
            asset
            for asset in assets
            if asset["_id"] in keys and asset["_id"] not in refused and keys[asset["_id"]] not in existing
        ]
        refused |= unreadable(self._buckets, missing)
        renders = [{"asset_id": asset["_id"], "query": query} for asset in missing if asset["_id"] not in refused]
        for start in range(0, len(renders), MAX_RENDERS_PER_CALL):
            functions.invoke_async(self._render_function, {"renders": renders[start : start + MAX_RENDERS_PER_CALL]})

        def address(asset: Mapping[str, Any]) -> Address:
            if asset["_id"] in refused:
                raise refused[asset["_id"]]
            key = keys[asset["_id"]]
            if key not in existing:
                raise RenditionNotReady(
                    "The rendition is being made; ask again.", retry_after_seconds=RETRY_AFTER_SECONDS
                )
            return Address(key)

        return address
