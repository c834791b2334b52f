"""The vector search engine that the settings choose."""

from pymongo.database import Database

from foveal.catalog.vectors.atlas import AtlasVectorSearch
from foveal.catalog.vectors.engine import Engine
from foveal.catalog.vectors.exact import ExactSearch
from foveal.database.client import Document


def configured_engine(choice: str | None, database: Database[Document]) -> Engine:
    """Return the configured engine: `exact` (also without a choice), `atlas:<index>`, or `s3vectors:<vector bucket>`.

    Raises ValueError for another choice.
    """
    kind, _, name = (choice or "exact").partition(":")
    if kind == "exact":
        return ExactSearch(database)
    if kind == "atlas" and name:
        return AtlasVectorSearch(database, name)
    if kind == "s3vectors" and name:
        from foveal.catalog.vectors.s3_vectors import S3Vectors, call

        return S3Vectors(name, call)
    raise ValueError(f"VECTOR_ENGINE is {choice}; it must be exact, atlas:<index> or s3vectors:<vector bucket>")
