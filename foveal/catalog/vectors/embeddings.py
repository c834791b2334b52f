"""Embeddings: vectors of assets and annotations with their lineage, as BSON binary vectors of 32-bit floats.

A vector is identified by its asset or annotation, and by model and version; writing it again replaces it. Vectors of
one model and version have one number of dimensions.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from bson.binary import Binary, BinaryVectorDtype
from pydantic import Field, ValidationError, model_validator
from pymongo import ReplaceOne
from pymongo.database import Database

from foveal.access.page_tokens import Position, Tokens
from foveal.catalog.annotations import ids as identity
from foveal.catalog.annotations.operations import Id
from foveal.catalog.keyset import Sort, ranges_after
from foveal.database.client import Document
from foveal.database.text_instants import answering
from foveal.database.vocabulary import SCHEMA_VERSION
from foveal.errors import InvalidRequest, NoSuchAnnotation, NoSuchAsset, NotFound, Problem
from foveal.validation.error_texts import errors_of
from foveal.validation.models import Model
from foveal.validation.values import Number, Text, Word

MAX_DIMENSIONS: Final = 4096
MAX_EMBEDDINGS: Final = 1_000
MAX_PAGE: Final = 1_000
DEFAULT_PAGE: Final = 100

Component = Annotated[Number, Field(ge=-3e38, le=3e38)]
Vector = Annotated[list[Component], Field(min_length=1, max_length=MAX_DIMENSIONS)]


def _has_direction(vector: list[float]) -> bool:
    return any(abs(component) > 1e-30 for component in vector)


class Embedding(Model):
    """A vector of an asset or of one of its annotations, with its lineage."""

    asset_id: Id
    annotation_id: Id | None = None
    model: Word
    version: Word = "1"
    preprocessing: Text | None = None
    vector: Vector

    @model_validator(mode="after")
    def _points_somewhere(self) -> Self:
        if not _has_direction(self.vector):
            raise ValueError("vector: all zeros point nowhere")
        return self


class EmbeddingsRequest(Model):
    """Up to 1,000 embeddings, each with a result of its own."""

    embeddings: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_EMBEDDINGS)]


class Target(Model):
    """Query of a similarity search: exactly one of an asset, an annotation, a vector."""

    asset_id: Id | None = None
    annotation_id: Id | None = None
    vector: Vector | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.asset_id, self.annotation_id, self.vector)) != 1:
            raise ValueError("needs exactly one of asset_id, annotation_id, vector")
        if self.vector is not None and not _has_direction(self.vector):
            raise ValueError("vector: all zeros point nowhere")
        return self


class Space(Model):
    """The vectors that can be compared with each other: those of one model and version, of assets or annotations."""

    model: Word
    version: Word = "1"
    of: Literal["assets", "annotations"] = "assets"


def write(
    database: Database[Document],
    project: str,
    drafts: list[Document],
    now: datetime,
    keep: Callable[[list[tuple[Document, list[float]]]], None],
) -> list[Document | Problem]:
    """Store embeddings of assets of a project, hand them to `keep` (an engine); return a result for each, in order."""
    parsed = [_parsed(draft) for draft in drafts]
    good = [each for each in parsed if isinstance(each, Embedding)]
    assets = _present(database.assets, project, {each.asset_id for each in good})
    names = [each.annotation_id for each in good if each.annotation_id]
    ids = {each for name in names for each in identity.candidates(name, [project])}
    annotations = {identity.public(each["_id"]): each for each in _present(database.annotations, project, ids).values()}
    dimensions: dict[tuple[str, str], int] = {}
    results: list[Document | Problem] = []
    changes = []
    kept: list[tuple[Document, list[float]]] = []
    for each in parsed:
        if isinstance(each, Problem):
            results.append(each)
        elif each.asset_id not in assets:
            results.append(NoSuchAsset("There is no such asset."))
        elif each.annotation_id and annotations.get(each.annotation_id, {}).get("asset_id") != each.asset_id:
            results.append(NoSuchAnnotation("There is no such annotation."))
        elif (dimensions_of_space := _dimensions(database, project, each, dimensions)) != len(each.vector):
            results.append(InvalidRequest(f"vector: {each.model} {each.version} has {dimensions_of_space} dimensions."))
        else:
            stored = _stored(project, each, now, annotations.get(each.annotation_id or "", {}).get("_id"))
            changes.append(ReplaceOne({"_id": stored["_id"]}, stored, upsert=True))
            kept.append((stored, each.vector))
            results.append({"embedding_id": stored["_id"], "asset_id": each.asset_id})
    if changes:
        database.embeddings.bulk_write(changes, ordered=False)
        keep(kept)
    return results


def page(database: Database[Document], key: bytes, asset_id: str, limit: int, next_token: str | None) -> Document:
    """Return `{"items": [embedding, …], "next_token": …}` of an asset and its annotations, by model, without vectors.

    Raises InvalidRequest for a token of another asset.
    """
    tokens, sort = Tokens.of(key, "embeddings", asset_id), Sort("model", descending=False)
    found: list[Document] = []
    for range_ in ranges_after(sort, tokens.read(next_token) if next_token else None):
        cursor = answering(database.embeddings).find({"asset_id": asset_id, **range_}, {"vector": 0})
        found += cursor.sort(sort.keys).limit(limit + 1 - len(found))
        if len(found) > limit:
            break
    last = found[limit - 1] if len(found) > limit else None
    token = tokens.sign(Position(last["model"], last["_id"])) if last else None
    return {"items": [_public(each) for each in found[:limit]], "next_token": token}


def vector_of(database: Database[Document], project: str, space: Space, target: Target) -> list[float]:
    """Return the vector to compare with. Raises NotFound when the asset or annotation has none in this space."""
    if target.vector is not None:
        return target.vector
    query: Document = {"project": project, "model": space.model, "version": space.version}
    if target.asset_id is not None:
        query |= {"asset_id": target.asset_id, "annotation_id": None}
    else:
        query["annotation_id"] = target.annotation_id
    found = database.embeddings.find_one(query)
    if found is None:
        raise NotFound("There is no such embedding.")
    return [float(component) for component in Binary(found["vector"], 9).as_vector().data]


def stored_dimensions(database: Database[Document], project: str, model: str, version: str) -> int | None:
    """Return the number of dimensions of the vectors of a model; None without vectors."""
    found = database.embeddings.find_one({"project": project, "model": model, "version": version}, {"dimensions": 1})
    return None if found is None else int(found["dimensions"])


def _parsed(draft: Document) -> Embedding | Problem:
    try:
        return Embedding.model_validate(draft)
    except ValidationError as error:
        place, message = errors_of(error, Embedding, draft)[0]
        return InvalidRequest(f"{place or 'embedding'}: {message}")


def _present(collection: Any, project: str, ids: set[str]) -> dict[str, Document]:
    found = collection.find({"_id": {"$in": sorted(ids)}, "project": project}, {"asset_id": 1})
    return {each["_id"]: each for each in found}


def _dimensions(
    database: Database[Document], project: str, embedding: Embedding, known: dict[tuple[str, str], int]
) -> int:
    """Return the number of dimensions that vectors of a model and version have: that of the first one ever stored.

    One document decides, so that of two first vectors at once only one can be the first.
    """
    model, version = space = (embedding.model, embedding.version)
    if space not in known:
        first = stored_dimensions(database, project, model, version) or len(embedding.vector)
        declared: Document = {"project": project, "model": model, "version": version, "dimensions": first}
        found = database.embedding_spaces.find_one_and_update(
            {"_id": f"{project}/{model}/{_escaped(version)}"},
            {"$setOnInsert": {**declared, "schema_version": SCHEMA_VERSION}},
            upsert=True,
            return_document=True,
        )
        known[space] = int((found or declared)["dimensions"])
    return known[space]


def _stored(project: str, embedding: Embedding, now: datetime, annotation: str | None = None) -> Document:
    what = annotation or embedding.asset_id
    return {
        "_id": f"{what}/{embedding.model}/{_escaped(embedding.version)}",
        "project": project,
        **embedding.model_dump(exclude={"vector"}),
        "of_annotation": embedding.annotation_id is not None,
        "dimensions": len(embedding.vector),
        "vector": Binary.from_vector(embedding.vector, BinaryVectorDtype.FLOAT32),
        "created_at": now,
        "schema_version": SCHEMA_VERSION,
    }


def _escaped(version: str) -> str:
    """Return the version without a slash, so that the last slash of an id ends the model (`openai/clip`)."""
    return version.replace("%", "%25").replace("/", "%2F")


def _public(stored: Document) -> Document:
    return {"embedding_id": stored["_id"], **{name: value for name, value in stored.items() if name != "_id"}}
