"""Collections: validators, indexes and shard keys.

The rules that the declarations follow:
- an index starts with the equalities (`project`, then `status`), goes on with the sort, and ends with what is only
  filtered (equality, sort, range), so that a page reads the documents that it returns and no others;
- every sorted index ends its sort in `_id`, which makes the order total and keyset pages exact;
- a validator fixes the shape that all parts rely on and leaves room for more: pydantic at the edge is the strict
  reader, the validator is the net below it;
- a field that pages are sorted by is absent where it is not known, never null: an index holds both as one, but where
  MongoDB merges two ranges of it, it tells one from the other and loses the order;
- a partial index says `$gt ""` for "has text": the planner sees that equality with a text implies it, as it does not
  for `$type`;
- every document carries `schema_version`; a reader takes any version up to its own.

`serves` names the query that an index answers; a test runs each query and fails for an index that no plan uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from foveal.database.asset_fields import VALIDATED
from foveal.database.bson_types import (
    COUNT,
    INSTANT,
    MAP,
    MAYBE_COUNT,
    MAYBE_INSTANT,
    MAYBE_MAP,
    MAYBE_TEXT,
    PROJECT,
    TEXT,
)
from foveal.database.vocabulary import (
    ANNOTATION_TYPES,
    DATASET_VERSION_STATES,
    IMPORT_STATES,
    JOB_KINDS,
    JOB_STATES,
    UPLOAD_STATES,
)

INDEX_PREFIX: Final = "foveal_"
Keys = Sequence[tuple[str, int | str]]


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its name without our prefix, its keys in order, and the query that it answers.

    `sorts` is the path in whose order it returns pages, `narrows` the path of which it needs one value for that. Both
    are read when an index is chosen for a query; the database does not know them.
    """

    name: str
    keys: Keys
    serves: str
    sorts: str | None = None
    narrows: str | None = None
    unique: bool = False
    partial: Mapping[str, Any] | None = None
    expire_after_seconds: int | None = None

    @property
    def full_name(self) -> str:
        return INDEX_PREFIX + self.name

    def options(self) -> dict[str, Any]:
        """Return the options as `createIndexes` takes them and `listIndexes` gives them."""
        options: dict[str, Any] = {"name": self.full_name}
        if self.unique:
            options["unique"] = True
        if self.partial is not None:
            options["partialFilterExpression"] = dict(self.partial)
        if self.expire_after_seconds is not None:
            options["expireAfterSeconds"] = self.expire_after_seconds
        return options


class Recovery(Enum):
    """The way in which a collection comes back after the database was lost (docs/operations.md, "Journal")."""

    JOURNALLED = "journalled"
    """Every change lies in the bucket: people or models said it, or it counts what they said."""
    DERIVED = "derived"
    """It is made again from other data when it is missed."""
    EPHEMERAL = "ephemeral"
    """It holds nothing that outlives the database."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection. `shard_key` is empty for one that stays on a single shard."""

    name: str
    recovery: Recovery
    properties: Mapping[str, Any]
    required: Sequence[str]
    indexes: Sequence[Index] = ()
    shard_key: Keys = field(default=())

    def validator(self) -> dict[str, Any]:
        properties = {"schema_version": {"bsonType": ["int", "long"], "minimum": 1}, **self.properties}
        required = sorted({"_id", "schema_version", *self.required})
        return {"$jsonSchema": {"bsonType": "object", "required": required, "properties": properties}}


LABEL: Final = "label_summary.label"
_READY: Final = (("project", 1), ("status", 1))


def _in_order_of(path: str, name: str, serves: str) -> Index:
    return Index(name, (*_READY, (path, 1), ("_id", 1)), serves, sorts=path)


ASSETS: Final = Collection(
    "assets",
    Recovery.JOURNALLED,
    required=("project", "status", "created_at", "updated_at"),
    properties=VALIDATED,
    indexes=(
        _in_order_of("created_at", "created", "assets by the time they came in"),
        _in_order_of("updated_at", "updated", "assets by the time of their last change"),
        _in_order_of("captured_at", "captured", "assets by the time they were taken"),
        _in_order_of("size_bytes", "size", "assets by size; histograms and quantiles of it"),
        _in_order_of("file_name", "file_name", "assets by file name and by its prefix"),
        Index(
            "tags",
            (*_READY, ("tags", 1), ("created_at", 1), ("_id", 1)),
            "assets with a tag, by time",
            sorts="created_at",
            narrows="tags",
        ),
        Index(
            "labels_created",
            (
                *_READY,
                (LABEL, 1),
                ("created_at", 1),
                ("_id", 1),
                ("label_summary.max_confidence", 1),
                ("label_summary.field", 1),
            ),
            "assets with a label, also above a confidence or in one field, by the time they came in",
            sorts="created_at",
            narrows=LABEL,
        ),
        Index(
            "labels_captured",
            (
                *_READY,
                (LABEL, 1),
                ("captured_at", 1),
                ("_id", 1),
                ("label_summary.max_confidence", 1),
            ),
            "assets with a label, by the time they were taken",
            sorts="captured_at",
            narrows=LABEL,
        ),
        Index(
            "counted",
            (*_READY, ("counted.status", 1)),
            "assets that have changed since they were counted into the tally",
        ),
        Index("location", (("project", 1), ("location", "2dsphere")), "assets near a place or within an area"),
        Index(
            "crc64nvme",
            (("project", 1), ("checksums.crc64nvme", 1), ("_id", 1)),
            "assets with the same bytes",
            partial={"checksums.crc64nvme": {"$gt": ""}},
        ),
        Index(
            "perceptual_hash",
            (*_READY, ("perceptual_hash", 1), ("_id", 1)),
            "the perceptual hashes of a project, for near-duplicates",
            partial={"perceptual_hash": {"$gt": ""}},
        ),
        Index(
            "s3_key",
            (("s3.key", 1),),
            "the asset of an object, for reconciling a bucket with the catalog",
            partial={"s3.key": {"$gt": ""}},
        ),
        Index(
            "deletions",
            (("deletion.look_at", 1),),
            "deleted assets at which a sweep has to look again",
            partial={"deletion.look_at": {"$exists": True}},
        ),
        Index(
            "scans",
            (("scan.asked_at", 1),),
            "assets that wait for a scan result",
            partial={"status": "scanning"},
        ),
        Index(
            "pending_events",
            (("pending_events.event_id", 1),),
            "assets with events that still have to be published",
            partial={"pending_events.event_id": {"$exists": True}},
        ),
    ),
    shard_key=(("_id", "hashed"),),
)

UPLOADS: Final = Collection(
    "uploads",
    Recovery.JOURNALLED,
    required=("project", "asset_id"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "asset_id": TEXT,
        "caller": MAYBE_TEXT,
        "idempotency_key": MAYBE_TEXT,
        "state": {"enum": list(UPLOAD_STATES)},
        "expires_at": MAYBE_INSTANT,
    },
    indexes=(
        Index("expired", (("expires_at", 1),), "uploads to forget (TTL)", expire_after_seconds=0),
        Index(
            "idempotency",
            (("project", 1), ("caller", 1), ("idempotency_key", 1)),
            "the upload that a key was used for",
            unique=True,
            partial={"idempotency_key": {"$gt": ""}},
        ),
        Index(
            "own",
            (("project", 1), ("caller", 1), ("state", 1), ("_id", 1)),
            "the uploads of a caller in one state, newest first",
        ),
        Index(
            "open",
            (("created_at", 1),),
            "open uploads that are too old to be still under way",
            partial={"state": "open"},
        ),
        Index("asset", (("asset_id", 1),), "the uploads of an asset, which are deleted with it"),
    ),
)

QUOTAS: Final = Collection(
    "quotas",
    Recovery.JOURNALLED,
    required=("project", "bytes"),
    properties={"_id": TEXT, "project": PROJECT, "bytes": {"bsonType": ["int", "long"]}},
    indexes=(Index("expired", (("expires_at", 1),), "days to forget (TTL)", expire_after_seconds=0),),
)

ANNOTATIONS: Final = Collection(
    "annotations",
    Recovery.JOURNALLED,
    required=("project", "asset_id", "field", "type", "revision", "created_at", "updated_at"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "asset_id": TEXT,
        "field": TEXT,
        "type": {"enum": list(ANNOTATION_TYPES)},
        "label": MAYBE_TEXT,
        "confidence": {"bsonType": ["int", "long", "double", "null"], "minimum": 0, "maximum": 1},
        "revision": {"bsonType": ["int", "long"], "minimum": 1},
        "frame_index": MAYBE_COUNT,
        "track_id": MAYBE_TEXT,
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    indexes=(
        Index("asset", (("asset_id", 1), ("field", 1), ("_id", 1)), "the annotations of an asset, by field"),
        Index(
            "frames",
            (("asset_id", 1), ("frame_index", 1), ("_id", 1)),
            "the annotations of some frames of a video",
            partial={"frame_index": {"$gte": 0}},
        ),
    ),
    shard_key=(("asset_id", "hashed"),),
)

ANNOTATION_REVISIONS: Final = Collection(
    "annotation_revisions",
    Recovery.JOURNALLED,
    required=("project", "asset_id", "annotation_id", "revision"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "asset_id": TEXT,
        "annotation_id": TEXT,
        "revision": {"bsonType": ["int", "long"], "minimum": 1},
    },
    shard_key=(("_id", 1),),
)

LABEL_TALLY: Final = Collection(
    "label_tally",
    Recovery.JOURNALLED,
    required=("project", "label", "annotations", "assets"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "label": MAYBE_TEXT,
        "annotations": {"bsonType": ["int", "long"]},
        "assets": {"bsonType": ["int", "long"]},
    },
    indexes=(Index("project", (("project", 1),), "the label counts of a project"),),
)

LABEL_SCHEMAS: Final = Collection(
    "label_schemas",
    Recovery.JOURNALLED,
    required=("project", "name", "revision"),
    properties={"project": PROJECT, "name": TEXT, "revision": {"bsonType": ["int", "long"], "minimum": 1}},
    indexes=(
        Index(
            "revision",
            (("project", 1), ("name", 1), ("revision", -1)),
            "the newest revision of a label schema, or a given one",
            unique=True,
        ),
    ),
)

LABEL_SCHEMA_LOCKS: Final = Collection(
    "label_schema_locks", Recovery.EPHEMERAL, required=("project",), properties={"_id": TEXT, "project": PROJECT}
)
"""One document for each project, which every transaction that puts a label schema writes."""

EMBEDDINGS: Final = Collection(
    "embeddings",
    Recovery.JOURNALLED,
    required=("project", "asset_id", "model", "dimensions", "vector"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "asset_id": TEXT,
        "annotation_id": MAYBE_TEXT,
        "model": TEXT,
        "dimensions": {"bsonType": ["int", "long"], "minimum": 1},
        "vector": {"bsonType": "binData"},
        "created_at": INSTANT,
    },
    indexes=(
        Index("model", (("project", 1), ("model", 1), ("_id", 1)), "the vectors of a model, for exact search"),
        Index("asset", (("asset_id", 1), ("model", 1), ("_id", 1)), "the vectors of an asset"),
    ),
    shard_key=(("asset_id", "hashed"),),
)

EMBEDDING_SPACES: Final = Collection(
    "embedding_spaces",
    Recovery.JOURNALLED,
    required=("project", "model", "version", "dimensions"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "model": TEXT,
        "version": TEXT,
        "dimensions": {"bsonType": ["int", "long"], "minimum": 1},
    },
)

VIEWS: Final = Collection(
    "views",
    Recovery.JOURNALLED,
    required=("project", "name"),
    properties={"_id": TEXT, "project": PROJECT, "name": TEXT},
    indexes=(Index("name", (("project", 1), ("name", 1)), "the saved views of a project", unique=True),),
)

RENDITIONS: Final = Collection(
    "renditions",
    Recovery.DERIVED,
    required=("project", "asset_id", "created_at"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "asset_id": TEXT,
        "created_at": INSTANT,
        "expires_at": MAYBE_INSTANT,
        "refusal": MAYBE_MAP,
    },
    indexes=(
        Index("asset", (("asset_id", 1),), "the derivatives of an asset, when it is deleted for good"),
        Index(
            "expired",
            (("expires_at", 1),),
            "derivatives that the bucket forgets soon, old refusals (TTL)",
            expire_after_seconds=0,
        ),
    ),
    shard_key=(("_id", "hashed"),),
)

IMPORTS: Final = Collection(
    "imports",
    Recovery.JOURNALLED,
    required=("project", "state", "files", "created_at", "updated_at"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "state": {"enum": list(IMPORT_STATES)},
        "format": MAYBE_TEXT,
        "files": {"bsonType": "array"},
        "job_id": MAYBE_TEXT,
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    indexes=(Index("project", (("project", 1), ("_id", -1)), "the imports of a project, newest first"),),
)

ASSET_ORIGINS: Final = Collection(
    "asset_origins",
    Recovery.JOURNALLED,
    required=("project", "import_id", "asset_id", "position", "file_name"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "import_id": TEXT,
        "asset_id": TEXT,
        "position": COUNT,
        "file_name": TEXT,
    },
    indexes=(
        Index("import", (("import_id", 1), ("position", 1)), "what an import has of each asset, in its order"),
        Index("asset", (("asset_id", 1),), "the imports of an asset, which go with it when it is deleted for good"),
    ),
    shard_key=(("_id", "hashed"),),
)

JOBS: Final = Collection(
    "jobs",
    Recovery.JOURNALLED,
    required=("project", "kind", "state", "created_at", "updated_at"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "kind": {"enum": list(JOB_KINDS)},
        "state": {"enum": list(JOB_STATES)},
        "subject": TEXT,
        "due_at": INSTANT,
        "created_at": INSTANT,
        "updated_at": INSTANT,
    },
    indexes=(
        Index("project", (("project", 1), ("_id", -1)), "the jobs of a project, newest first"),
        Index(
            "due", (("due_at", 1),), "jobs that a worker has to take or continue", partial={"due_at": {"$exists": True}}
        ),
        Index(
            "pending_events",
            (("pending_events.event_id", 1),),
            "jobs with events that still have to be published",
            partial={"pending_events.event_id": {"$exists": True}},
        ),
    ),
)

DATASETS: Final = Collection(
    "datasets",
    Recovery.JOURNALLED,
    required=("project", "name", "newest"),
    properties={"_id": TEXT, "project": PROJECT, "name": TEXT, "newest": {"bsonType": ["int", "long"]}},
    indexes=(Index("name", (("project", 1), ("name", 1)), "the data sets of a project", unique=True),),
)

DATASET_VERSIONS: Final = Collection(
    "dataset_versions",
    Recovery.JOURNALLED,
    required=("project", "dataset", "version", "state"),
    properties={
        "_id": TEXT,
        "project": PROJECT,
        "dataset": TEXT,
        "version": {"bsonType": ["int", "long"], "minimum": 1},
        "state": {"enum": list(DATASET_VERSION_STATES)},
        "root": MAYBE_TEXT,
    },
    indexes=(
        Index(
            "version",
            (("project", 1), ("dataset", 1), ("version", -1)),
            "the versions of a data set, newest first",
            unique=True,
        ),
        Index(
            "pending_events",
            (("pending_events.event_id", 1),),
            "versions with events that still have to be published",
            partial={"pending_events.event_id": {"$exists": True}},
        ),
    ),
)

DATASET_PAGES: Final = Collection(
    "dataset_pages",
    Recovery.JOURNALLED,
    required=("project", "version_id", "digest", "page"),
    properties={"_id": TEXT, "project": PROJECT, "version_id": TEXT, "digest": TEXT, "page": MAP},
    indexes=(Index("digest", (("project", 1), ("digest", 1)), "the versions that have a page in common"),),
)
"""One document for each page of each version, under `{version}/{first asset id}`: one look-up finds the page that may
hold an asset."""

SWEEPS: Final = Collection(
    "sweeps", Recovery.EPHEMERAL, required=("cursor",), properties={"_id": TEXT, "cursor": MAYBE_MAP}
)

JOURNAL: Final = Collection("journal", Recovery.EPHEMERAL, required=(), properties={"_id": TEXT})
"""The marker of the journal, and the progress of a rebuild (`foveal.journal`)."""

COLLECTIONS: Final[tuple[Collection, ...]] = (
    ASSETS,
    UPLOADS,
    QUOTAS,
    ANNOTATIONS,
    ANNOTATION_REVISIONS,
    LABEL_TALLY,
    LABEL_SCHEMAS,
    LABEL_SCHEMA_LOCKS,
    EMBEDDINGS,
    EMBEDDING_SPACES,
    VIEWS,
    RENDITIONS,
    IMPORTS,
    ASSET_ORIGINS,
    JOBS,
    DATASETS,
    DATASET_VERSIONS,
    DATASET_PAGES,
    SWEEPS,
    JOURNAL,
)
JOURNALLED: Final = tuple(each.name for each in COLLECTIONS if each.recovery is Recovery.JOURNALLED)
