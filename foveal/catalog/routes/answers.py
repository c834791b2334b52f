"""Answers of the catalog's routes as types, for the OpenAPI document and the checks of the tests."""

from datetime import datetime
from typing import Annotated, Any, Final, NotRequired, Required

from pydantic import ConfigDict, Field, SkipValidation, with_config
from typing_extensions import TypedDict

from foveal.api.documentation import closed
from foveal.catalog.label_schema_models import Label
from foveal.catalog.search.filters import Filter
from foveal.catalog.vectors.limits import MAX_IDS_IN_GROUP
from foveal.database.documents import AnnotationFields, AssetFields, Change, EmbeddingFields
from foveal.database.vocabulary import AnnotationType, AssetStatus

JsonObject = Annotated[dict[str, Any], Field(description="A JSON object")]
ENTITY_TAG: Final = {"etag": "The entity tag"}
_SHORTENED: Final = (
    "The answer would pass 6 MB: the detail is cut off, or the present state is left out. "
    "The operation alone is answered with both."
)
REVISION_TAG: Final = {"etag": 'The revision in quotes, for example "3"; send it back as If-Match'}
ANNOTATION_REVISION: Final = "annotation-revision"
CHANGE_TAGS: Final = {
    **REVISION_TAG,
    ANNOTATION_REVISION: (
        "The asset's `annotation_revision` after this change; it was one less before. A client that knows the one "
        "before can apply the change to the annotations that it has, without reading them again"
    ),
}


@closed
class Asset(AssetFields, total=False):
    """An asset: where its bytes lie, the facts of the file, tags, attributes, and a summary of its annotations."""

    asset_id: Required[Annotated[str, Field(json_schema_extra={"format": "uuid"})]]
    project: Required[str]
    status: Required[AssetStatus]
    created_at: Required[datetime]
    updated_at: Required[datetime]


@closed
class FoundAsset(AssetFields, total=False):
    """An asset as a search returns it: all of it, or only the `fields` that were asked for."""

    asset_id: Required[Annotated[str, Field(json_schema_extra={"format": "uuid"})]]
    project: str
    status: AssetStatus
    created_at: datetime
    updated_at: datetime


@closed
class EditedAssets(TypedDict):
    """The result of one call of a bulk edit."""

    matched: Annotated[int, Field(ge=0, description="Assets that the filter found, in this call")]
    modified: Annotated[int, Field(ge=0, description="Those of them that were changed")]
    next_token: Annotated[str | None, Field(description="Send it back to go on with the rest; null when all is done")]


@closed
class Annotation(AnnotationFields, total=False):
    """An annotation of an asset in its present state."""

    annotation_id: Required[str]
    extra: Annotated[dict[str, Any], Field(description="Unknown members that the caller sent")]
    deleted_at: datetime


@closed
class AnnotationRevision(TypedDict):
    """An entry of an annotation's history: a state, a deletion (no state), or an attempt that was refused."""

    revision: Annotated[int, Field(ge=1)]
    change: Change
    annotation: NotRequired[Annotated[Annotation, Field(description="The state, except for deletions and refusals")]]
    attempted: NotRequired[Annotated[JsonObject, Field(description="The content of a refused attempt")]]


@closed
class LayerReplaced(TypedDict):
    """The asset's new annotation revision."""

    annotation_revision: Annotated[int, Field(ge=1)]


@closed
class Written(TypedDict):
    """The new revision of an annotation that was written."""

    annotation_id: str
    revision: Annotated[int, Field(ge=1)]
    deleted_at: NotRequired[datetime]


@with_config(ConfigDict(extra="allow"))
class RefusedOperation(TypedDict):
    """A problem (RFC 9457) in the place of a result; further members may follow."""

    type: str
    title: str
    status: int
    code: Annotated[str, Field(description="As in ProblemDocument")]
    detail: str
    current: NotRequired[Annotated[JsonObject, Field(description="The present state, where it had moved on")]]
    is_shortened: NotRequired[Annotated[bool, Field(description=_SHORTENED)]]


@closed
class WriteResults(TypedDict):
    """One result for each operation that was tried, in order."""

    results: list[Written | RefusedOperation]


Counts = Annotated[list[int] | str, Field(description="Run lengths, in the mask's encoding")]
HeatmapValues = Annotated[str, Field(description="The values as zlib (RFC 1950) in base64")]


@closed
class LabelSchemaRevision(TypedDict):
    """One revision of a label schema."""

    name: str
    revision: Annotated[int, Field(ge=1)]
    created_at: datetime
    created_by: str
    description: NotRequired[str]
    labels: list[Label]
    enforced_fields: Annotated[list[str], Field(description="Layers that may hold no other labels")]


@closed
class SavedView(TypedDict):
    """A saved view."""

    name: str
    updated_at: datetime
    updated_by: str
    description: NotRequired[str | None]
    filter: NotRequired[SkipValidation[Filter | None]]
    """Given back as it was sent, also where it is not valid any more."""
    sort: NotRequired[Annotated[str, Field(description="A field; `-` before it: descending")]]
    fields: NotRequired[list[str] | None]


@closed
class StoredEmbedding(TypedDict):
    """The id of an embedding that was stored."""

    embedding_id: str
    asset_id: str


@closed
class EmbeddingResults(TypedDict):
    """One result for each embedding, in order."""

    results: list[StoredEmbedding | RefusedOperation]


@closed
class Embedding(EmbeddingFields):
    """An embedding with its lineage, without the vector."""

    embedding_id: str


@closed
class Neighbour(TypedDict):
    """An asset or annotation and its cosine similarity."""

    asset_id: str
    annotation_id: NotRequired[str]
    similarity: Annotated[float, Field(ge=-1, le=1)]


@closed
class SameBytes(TypedDict):
    """Assets of the same bytes; a filter by `checksums.crc64nvme` finds all of them."""

    crc64nvme: str
    size_bytes: Annotated[int | None, Field(ge=0)]
    count: Annotated[int, Field(ge=2)]
    asset_ids: Annotated[
        list[str], Field(min_length=2, max_length=MAX_IDS_IN_GROUP, description="Of the first of them, by id")
    ]


@closed
class Owner(TypedDict):
    """The asset or annotation of a vector."""

    asset_id: str
    annotation_id: NotRequired[str]


@closed
class NearPair(TypedDict):
    """Two assets or annotations whose embeddings are near."""

    similarity: Annotated[float, Field(ge=-1, le=1)]
    between: Annotated[list[Owner], Field(min_length=2, max_length=2)]


@closed
class DuplicateGroups(TypedDict):
    """Groups of assets of the same bytes, largest first."""

    groups: list[SameBytes]
    is_complete: bool


@closed
class DuplicatePairs(TypedDict):
    """Pairs of near-duplicates, nearest first."""

    pairs: list[NearPair]
    is_complete: bool


@closed
class AssetOfPair(TypedDict):
    """An asset of a pair."""

    asset_id: str


@closed
class NearPictures(TypedDict):
    """Two assets whose pictures look alike."""

    distance: Annotated[int, Field(ge=0, le=64, description="Bits in which their perceptual hashes differ")]
    between: Annotated[list[AssetOfPair], Field(min_length=2, max_length=2)]


@closed
class NearPicturePairs(TypedDict):
    """Pairs of near-duplicates by picture, nearest first."""

    pairs: list[NearPictures]
    is_complete: bool


Value = Annotated[str | float | bool, Field(description="Text, a number, an instant, true or false")]


@closed
class CountResult(TypedDict):
    """Result of `count`."""

    count: Annotated[int, Field(ge=0)]


@closed
class ValueCount(TypedDict):
    """How many assets have a value."""

    value: Any
    count: int


@closed
class CountsResult(TypedDict):
    """Result of `counts`, most first."""

    counts: list[ValueCount]
    is_complete: bool


@closed
class SumResult(TypedDict):
    """Result of `sum`; `count` is the number of assets that have a value."""

    sum: float
    count: Annotated[int, Field(ge=0)]


@closed
class ValueSum(TypedDict):
    """Sum over the assets that have a value, and how many these are."""

    value: Any
    sum: float
    count: Annotated[int, Field(ge=0)]


@closed
class SumsResult(TypedDict):
    """Result of `sums`, greatest first."""

    sums: list[ValueSum]
    is_complete: bool


@with_config(ConfigDict(extra="allow"))
class AnnotationCount(TypedDict):
    """How many annotations, on how many assets; a member for each name in `by` stands beside them."""

    annotations: int
    assets: int
    label: NotRequired[str | None]
    field: NotRequired[str]
    type: NotRequired[AnnotationType]


@closed
class AnnotationCountsResult(TypedDict):
    """Result of `annotation_counts`, most first."""

    counts: list[AnnotationCount]
    is_complete: bool


@closed
class LabelCount(TypedDict):
    """How many annotations and assets have a label."""

    label: str
    annotations: int
    assets: int


@closed
class LabelsResult(TypedDict):
    """Result of `labels`, most annotations first."""

    labels: list[LabelCount]
    is_complete: bool


@closed
class HistogramResult(TypedDict):
    """Result of `histogram` and `annotation_histogram`: n + 1 boundaries of n buckets; both empty without values."""

    boundaries: list[Value]
    counts: list[int]


@closed
class QuantilesResult(TypedDict):
    """Result of `quantiles` and `annotation_quantiles`: a value for each share, null without values."""

    count: int
    values: list[Value | None]


@closed
class DistinctResult(TypedDict):
    """Result of `distinct`."""

    values: list[Any]
    is_complete: bool


@closed
class LabelPair(TypedDict):
    """How many assets have both of two labels."""

    labels: Annotated[list[str], Field(min_length=2, max_length=2)]
    count: int


@closed
class CoOccurrenceResult(TypedDict):
    """Result of `co_occurrence`, most first."""

    pairs: list[LabelPair]
    is_complete: bool


@closed
class GridCell(TypedDict):
    """How many assets lie in a cell: the mean and the extent of their positions in degrees, and the newest of them."""

    count: int
    longitude: float
    latitude: float
    bbox: Annotated[list[float], Field(min_length=4, max_length=4, description="[west, south, east, north]")]
    asset_id: str


@closed
class GridResult(TypedDict):
    """Result of `grid`: cells with assets, most first."""

    cells: list[GridCell]
    is_complete: bool


AggregateResult = (
    CountResult
    | CountsResult
    | SumResult
    | SumsResult
    | AnnotationCountsResult
    | LabelsResult
    | HistogramResult
    | QuantilesResult
    | DistinctResult
    | CoOccurrenceResult
    | GridResult
)


@closed
class Aggregates(TypedDict):
    """The result of each aggregate under the name that the request gave it."""

    aggregates: dict[str, AggregateResult]


AnnotationPatch = Annotated[
    dict[str, Any],
    Field(min_length=1, description="Members to change (JSON Merge Patch, RFC 7386); null takes a member away"),
]
OpenApiDocument = Annotated[dict[str, Any], Field(description="OpenAPI 3.1")]
