"""Collections by the types of their documents; PyMongo gives all collections of a database one type."""

from typing import cast

from pymongo.collection import Collection
from pymongo.database import Database

from foveal.database.catalog_documents import AnnotationDocument, AssetDocument, RevisionDocument
from foveal.database.client import Document
from foveal.database.stored_documents import (
    AssetOriginDocument,
    ImportDocument,
    JobDocument,
    LabelSchemaDocument,
    UploadDocument,
    ViewDocument,
)


def assets(database: Database[Document]) -> Collection[AssetDocument]:
    return cast("Collection[AssetDocument]", database.assets)


def annotations(database: Database[Document]) -> Collection[AnnotationDocument]:
    return cast("Collection[AnnotationDocument]", database.annotations)


def annotation_revisions(database: Database[Document]) -> Collection[RevisionDocument]:
    return cast("Collection[RevisionDocument]", database.annotation_revisions)


def label_schemas(database: Database[Document]) -> Collection[LabelSchemaDocument]:
    return cast("Collection[LabelSchemaDocument]", database.label_schemas)


def uploads(database: Database[Document]) -> Collection[UploadDocument]:
    return cast("Collection[UploadDocument]", database.uploads)


def views(database: Database[Document]) -> Collection[ViewDocument]:
    return cast("Collection[ViewDocument]", database.views)


def jobs(database: Database[Document]) -> Collection[JobDocument]:
    return cast("Collection[JobDocument]", database.jobs)


def imports(database: Database[Document]) -> Collection[ImportDocument]:
    return cast("Collection[ImportDocument]", database.imports)


def asset_origins(database: Database[Document]) -> Collection[AssetOriginDocument]:
    return cast("Collection[AssetOriginDocument]", database.asset_origins)
