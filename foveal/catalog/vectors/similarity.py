"""Similar assets, and duplicates: near ones by embedding or picture, exact ones by checksum; always within a filter."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from pymongo.database import Database

from foveal.catalog.annotations import ids as identity
from foveal.catalog.search import search
from foveal.catalog.search.compiler import Compiled, compile_filter
from foveal.catalog.search.filters import Filter
from foveal.catalog.vectors import embeddings
from foveal.catalog.vectors.embeddings import Space, Target
from foveal.catalog.vectors.engine import Engine, Neighbour
from foveal.catalog.vectors.exact import blocks
from foveal.catalog.vectors.limits import MAX_DISTANCE, MAX_IDS_IN_GROUP
from foveal.database.client import Document
from foveal.errors import InvalidRequest, QueryTooExpensive
from foveal.validation.models import Model, validated
from foveal.validation.values import Number, Slug

Owner = tuple[str, str | None]
"""The asset of a vector, and the annotation if it is of one."""

MAX_COMPARED: Final = 20_000
"""The number of vectors compared with each other: 20,000 of 512 dimensions are 40 MB and 2·10⁸ comparisons."""
MAX_COMPARED_BYTES: Final = 160_000_000
"""Of these vectors; they are in memory twice for a moment."""
_ROWS: Final = 250
"""The number of vectors compared with all others at once: all these pairs may be near, at 20 bytes each."""


class SimilarRequest(Model):
    """Search for the nearest neighbours of an asset, an annotation or a vector, in one space."""

    to: Target
    space: Space
    filter: Filter | None = None
    view: Slug | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class DuplicatesRequest(Model):
    """Assets that are the same.

    `bytes`: by checksum. `near`: by perceptual hashes that differ in at most `max_distance` of 64 bits. `embedding`: by
    a cosine of at least `threshold`.
    """

    by: Literal["bytes", "near", "embedding"]
    max_distance: Annotated[
        int,
        Field(
            ge=0,
            le=MAX_DISTANCE,
            description="near: other sizes, formats and qualities of a picture are within 4 bits.",
        ),
    ] = 4
    space: Space | None = None
    threshold: Annotated[Number, Field(ge=0.5, le=1)] = 0.95
    filter: Filter | None = None
    view: Slug | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


def parse_similar(raw: Any) -> SimilarRequest:
    """Return the request. Raises InvalidRequest."""
    search.bounded(raw)
    request = validated(SimilarRequest, raw)
    search.check_conditions(request.filter)
    return request


def parse_duplicates(raw: Any) -> DuplicatesRequest:
    """Return the request. Raises InvalidRequest."""
    search.bounded(raw)
    request = validated(DuplicatesRequest, raw)
    search.check_conditions(request.filter)
    if request.by == "embedding" and request.space is None:
        raise InvalidRequest("space: by embedding needs the model.")
    return request


def similar(database: Database[Document], engine: Engine, project: str, request: SimilarRequest) -> dict[str, Any]:
    """Return one page of `{"asset_id", "annotation_id"?, "similarity"}`, nearest first, the thing itself left out.

    Raises NotFound when what to be similar to has no vector in the space, InvalidRequest for other dimensions.
    """
    space, target = request.space, request.to
    vector = embeddings.vector_of(database, project, space, target)
    known = embeddings.stored_dimensions(database, project, space.model, space.version)
    if known is not None and known != len(vector):
        raise InvalidRequest(f"to.vector: {space.model} {space.version} has {known} dimensions.")
    compiled = compile_filter(project, request.filter)

    def accept(candidates: list[Neighbour]) -> list[Neighbour]:
        others = [each for each in candidates if not _is_itself(each, target, space)]
        passing = _passing(database, project, compiled, {(each.asset_id, each.annotation_id) for each in others})
        return [each for each in others if (each.asset_id, each.annotation_id) in passing]

    nearest = engine.nearest(project, space, vector, request.limit, accept)
    return {"items": [_shown(neighbour) for neighbour in nearest], "next_token": None}


def duplicates(database: Database[Document], project: str, request: DuplicatesRequest) -> dict[str, Any]:
    """Return `{"groups": …}` of the same bytes, largest first, or `{"pairs": …}` of near ones, nearest first.

    A group has the count of its assets, and the ids of the first of them.
    """
    if request.by == "near":
        from foveal.catalog import near_duplicates  # numpy is loaded when it is needed

        return near_duplicates.near_pairs(database, project, request.filter, request.max_distance, request.limit)
    compiled = compile_filter(project, request.filter)
    if request.space is None or request.by == "bytes":
        return _same_bytes(database, compiled, request.limit)
    return _near(database, project, compiled, request, request.space)


def _same_bytes(database: Database[Document], compiled: Compiled, limit: int) -> dict[str, Any]:
    known = {"checksums.crc64nvme": {"$gt": ""}}
    stages: list[Document] = [
        {"$match": {"$and": [compiled.match, known]}},
        *compiled.stages,
        {
            "$group": {
                "_id": {"crc64nvme": "$checksums.crc64nvme", "size_bytes": "$size_bytes"},
                "asset_ids": {"$minN": {"input": "$_id", "n": MAX_IDS_IN_GROUP}},
                "count": {"$sum": 1},
            }
        },
        {"$match": {"count": {"$gt": 1}}},
        {"$sort": {"count": -1, "_id": 1}},
        {"$limit": limit + 1},
    ]
    found = search.run(database.assets, compiled, stages)
    groups = [{**each["_id"], "count": each["count"], "asset_ids": sorted(each["asset_ids"])} for each in found[:limit]]
    return {"groups": groups, "is_complete": len(found) <= limit}


def _near(
    database: Database[Document], project: str, compiled: Compiled, request: DuplicatesRequest, space: Space
) -> dict[str, Any]:
    import numpy as np

    dimensions = embeddings.stored_dimensions(database, project, space.model, space.version) or 1
    most = min(MAX_COMPARED, MAX_COMPARED_BYTES // (4 * dimensions))
    owners: list[Owner] = []
    rows = []
    for block_owners, matrix in blocks(database, project, space, dimensions):
        passing = _passing(database, project, compiled, set(block_owners))
        kept = [at for at, owner in enumerate(block_owners) if owner in passing]
        owners += [block_owners[at] for at in kept]
        rows.append(matrix[kept])
        if len(owners) > most:
            raise QueryTooExpensive(
                f"More than {most} vectors of {dimensions} dimensions to compare; narrow the filter.", narrow=["filter"]
            )
    vectors = np.concatenate(rows) if rows else np.zeros((0, dimensions), dtype=np.float32)
    pairs: list[tuple[float, int, int]] = []
    for start in range(0, len(owners), _ROWS):
        similarity = np.triu(vectors[start : start + _ROWS] @ vectors[start:].T, 1)
        is_near = similarity >= np.float32(request.threshold)
        if len(pairs) > request.limit:
            is_near &= similarity > pairs[-1][0]
        first, second = np.nonzero(is_near)
        nearest = np.argsort(-similarity[first, second], kind="stable")[: request.limit + 1]
        first, second = first[nearest], second[nearest]
        found = zip(
            similarity[first, second].tolist(), (first + start).tolist(), (second + start).tolist(), strict=True
        )
        pairs = sorted([*pairs, *found], key=lambda pair: (-pair[0], pair[1], pair[2]))[: request.limit + 1]
    shown = [
        {"similarity": round(min(value, 1.0), 6), "between": [_owner(owners[one]), _owner(owners[other])]}
        for value, one, other in pairs[: request.limit]
    ]
    return {"pairs": shown, "is_complete": len(pairs) <= request.limit}


def _passing(database: Database[Document], project: str, compiled: Compiled, owners: set[Owner]) -> set[Owner]:
    """Return the owners whose assets pass the filter, without annotations that were deleted."""
    if not owners:
        return set()
    match = {"$and": [{"_id": {"$in": sorted({asset_id for asset_id, _ in owners})}}, compiled.match]}
    stages = [{"$match": match}, *compiled.stages, {"$project": {"_id": 1}}]
    passing = {each["_id"] for each in search.run(database.assets, compiled, stages)}
    names = {name for asset_id, name in owners if name is not None and asset_id in passing}
    ids = [each for name in sorted(names) for each in identity.candidates(name, [project])]
    query = {"_id": {"$in": ids}, "project": project}
    present = database.annotations.find(query, {"asset_id": 1}) if ids else ()
    of_annotations = {(each["asset_id"], identity.public(each["_id"])) for each in present}
    return {owner for owner in owners if owner[0] in passing and (owner[1] is None or owner in of_annotations)}


def _is_itself(neighbour: Neighbour, target: Target, space: Space) -> bool:
    if space.of == "assets":
        return target.asset_id == neighbour.asset_id
    return target.annotation_id is not None and target.annotation_id == neighbour.annotation_id


def _shown(neighbour: Neighbour) -> dict[str, Any]:
    similarity = round(max(min(neighbour.similarity, 1.0), -1.0), 6)
    return {**_owner((neighbour.asset_id, neighbour.annotation_id)), "similarity": similarity}


def _owner(owner: Owner) -> dict[str, Any]:
    asset_id, annotation_id = owner
    return {"asset_id": asset_id, **({"annotation_id": annotation_id} if annotation_id else {})}
