"""Members of an asset document, each declared once: validators, search fields, facts and event members follow.

The module imports nothing heavy, so that ingest does not load the whole schema. Tests hold the lists that are written
elsewhere against it: the types of answers, the schemas of events, the guide of search.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from foveal.database.bson_types import (
    COUNT,
    INSTANT,
    MAP,
    MAYBE_COUNT,
    MAYBE_MAP,
    MAYBE_NUMBER,
    MAYBE_TEXT,
    PROJECT,
    TEXT,
    TEXTS,
    BsonType,
)
from foveal.database.vocabulary import ANNOTATION_TYPES, ASSET_STATUSES


class Kind(Enum):
    """The kind of value that a filter compares a field with."""

    TEXT = "text"
    TEXTS = "list of text"
    NUMBER = "number"
    FLAG = "true or false"
    INSTANT = "instant"
    PLACE = "place"
    ANY = "text, number, true or false, or a list of them"


@dataclass(frozen=True, slots=True)
class AssetField:
    """A member of the document, or a member of such a member (`camera.make`)."""

    path: str
    kind: Kind | None = None
    """None: no filter names it."""
    bson: BsonType | None = None
    """The rule of the validator; None leaves the member to its writers."""
    is_of_version: bool = False
    """True for a description of one version of the object: ingest replaces all such members together."""
    is_event_member: bool = False
    """True for a member of the events of ingest."""
    is_internal: bool = False
    """True for a member that no caller sees."""
    is_drawn: bool = False
    """True for a fact that render finds in the pixels of a version, not ingest in its header."""

    @property
    def name(self) -> str:
        """The name by which callers know it."""
        return "asset_id" if self.path == "_id" else self.path


def _fact(path: str, kind: Kind | None = None, bson: BsonType | None = None) -> AssetField:
    return AssetField(path, kind, bson, is_of_version=True)


def _event_fact(path: str, kind: Kind | None = None, bson: BsonType | None = None) -> AssetField:
    return AssetField(path, kind, bson, is_of_version=True, is_event_member=True)


def _drawn(path: str, kind: Kind | None = None, bson: BsonType | None = None) -> AssetField:
    return AssetField(path, kind, bson, is_of_version=True, is_drawn=True)


def _internal(path: str, bson: BsonType | None = None, *, is_of_version: bool = False) -> AssetField:
    return AssetField(path, None, bson, is_of_version=is_of_version, is_internal=True)


_LABEL_SUMMARY: Final = {
    "bsonType": "array",
    "items": {
        "bsonType": "object",
        "required": ["field", "label", "type", "count"],
        "properties": {
            "field": TEXT,
            "label": MAYBE_TEXT,
            "type": {"enum": list(ANNOTATION_TYPES)},
            "count": {"bsonType": ["int", "long"], "minimum": 1},
            "min_confidence": MAYBE_NUMBER,
            "max_confidence": MAYBE_NUMBER,
        },
    },
}
_PENDING_EVENTS: Final = {
    "bsonType": "array",
    "items": {"bsonType": "object", "required": ["event_id", "detail_type", "detail"]},
}

ASSET_FIELDS: Final = (
    AssetField("_id", Kind.TEXT, TEXT),
    AssetField("project", None, PROJECT),
    AssetField("status", Kind.TEXT, {"enum": list(ASSET_STATUSES)}),
    AssetField("created_at", Kind.INSTANT, INSTANT),
    AssetField("updated_at", Kind.INSTANT, INSTANT),
    AssetField("schema_version"),
    # The object in the bucket
    AssetField("s3", None, MAYBE_MAP),
    AssetField("s3.storage_class", Kind.TEXT),
    AssetField("s3.archive_status", Kind.TEXT),
    _event_fact("size_bytes", Kind.NUMBER, COUNT),
    _event_fact("checksums", None, MAYBE_MAP),
    _fact("checksums.crc64nvme", Kind.TEXT),
    _fact("checksums.sha256", Kind.TEXT),
    _fact("checksums.verified", Kind.FLAG),
    # The verdict on its bytes
    _event_fact("reason", Kind.TEXT),
    _fact("reason_detail"),
    _fact("ingest_error"),
    _fact("deleted_at", Kind.INSTANT),
    _fact("warnings", Kind.TEXTS, TEXTS),
    # Facts of the file: type and size
    _event_fact("media_type", Kind.TEXT, MAYBE_TEXT),
    _event_fact("format", Kind.TEXT, MAYBE_TEXT),
    _event_fact("mime_type", Kind.TEXT, MAYBE_TEXT),
    _event_fact("width", Kind.NUMBER, MAYBE_COUNT),
    _event_fact("height", Kind.NUMBER, MAYBE_COUNT),
    _event_fact("stored_width", Kind.NUMBER),
    _event_fact("stored_height", Kind.NUMBER),
    _fact("clean_aperture"),
    _event_fact("orientation", Kind.NUMBER),
    _event_fact("rotation", Kind.NUMBER),
    _fact("is_mirrored", Kind.FLAG),
    _fact("pixel_aspect"),
    # Facts of the file: pixels
    _event_fact("num_channels", Kind.NUMBER),
    _event_fact("bit_depth", Kind.NUMBER),
    _fact("colour_space", Kind.TEXT),
    _fact("icc_profile"),
    _fact("has_alpha", Kind.FLAG),
    _fact("colour_primaries"),
    _fact("transfer"),
    _fact("hdr", Kind.FLAG),
    _fact("hdr_format", Kind.TEXT),
    # Facts of the file: frames, sound
    _event_fact("is_animated", Kind.FLAG),
    _event_fact("frame_count", Kind.NUMBER, MAYBE_COUNT),
    _fact("page_count", Kind.NUMBER),
    _event_fact("frame_rate"),
    _fact("is_variable_frame_rate", Kind.FLAG),
    _fact("is_fragmented", Kind.FLAG),
    _event_fact("duration_seconds", Kind.NUMBER, MAYBE_NUMBER),
    _event_fact("codec", Kind.TEXT),
    _fact("codec_profile", Kind.TEXT),
    _fact("codec_string", Kind.TEXT),
    _fact("audio"),
    _fact("audio.codec", Kind.TEXT),
    _fact("audio.channels", Kind.NUMBER),
    _fact("audio.sample_rate", Kind.NUMBER),
    # Facts of the file: time, place, camera
    _fact("captured_at", Kind.INSTANT, INSTANT),
    _fact("captured_at_is_local", Kind.FLAG),
    _fact("captured_at_offset_minutes"),
    _fact("location", Kind.PLACE),
    _fact("altitude_metres", Kind.NUMBER),
    _fact("camera"),
    _fact("camera.make", Kind.TEXT),
    _fact("camera.model", Kind.TEXT),
    _fact("camera.lens_make", Kind.TEXT),
    _fact("camera.lens_model", Kind.TEXT),
    _fact("camera.exposure_time_seconds", Kind.NUMBER),
    _fact("camera.f_number", Kind.NUMBER),
    _fact("camera.iso", Kind.NUMBER),
    _fact("camera.focal_length_mm", Kind.NUMBER),
    _fact("camera.focal_length_35mm", Kind.NUMBER),
    # Facts of the file: metadata of single formats
    _fact("geotiff"),
    _fact("dicom"),
    _fact("dicom.modality", Kind.TEXT),
    _fact("nifti"),
    _fact("pyramid"),
    _fact("preview"),
    # Facts of the pixels
    _drawn("thumbhash", None, MAYBE_TEXT),
    _drawn("perceptual_hash", Kind.TEXT, MAYBE_TEXT),
    # Members that users write, and annotations
    AssetField("file_name", Kind.TEXT, TEXT),
    AssetField("tags", Kind.TEXTS, TEXTS),
    AssetField("attributes", None, MAP),
    AssetField("label_summary", None, _LABEL_SUMMARY),
    AssetField("annotation_revision", Kind.NUMBER, COUNT),
    AssetField("reviewed_fields", Kind.TEXTS),
    # Malware scan of the version that it names
    AssetField("scan", None, MAYBE_MAP),
    AssetField("scan.result", Kind.TEXT),
    # Work that is pending: events, the declaration of an upload, counted labels, reviews by imports, a deletion, a
    # blocked version that edge locations may hold; S3's order
    _internal("pending_events", _PENDING_EVENTS),
    _internal("expected", MAYBE_MAP, is_of_version=True),
    _internal("counted", MAYBE_MAP),
    _internal("imported_reviews"),
    _internal("deletion", MAYBE_MAP),
    _internal("cached_version"),
    _internal("s3.sequencer"),
)

INTERNAL: Final = tuple(field.path for field in ASSET_FIELDS if field.is_internal)
"""Members that no caller sees."""
OF_VERSION: Final = tuple(field.path for field in ASSET_FIELDS if field.is_of_version and "." not in field.path)
"""Members that ingest replaces together for another version, so that no fact of the old one remains."""
DRAWN: Final = tuple(field.path for field in ASSET_FIELDS if field.is_drawn)
"""Members of OF_VERSION that ingest keeps when it reads the same version again."""
EVENT_MEMBERS: Final = tuple(field.path for field in ASSET_FIELDS if field.is_event_member)
"""Members that `AssetReady`, `AssetRestored`, `AssetFailed` and `AssetQuarantined` carry, where they are known."""
VALIDATED: Final = {field.path: field.bson for field in ASSET_FIELDS if field.bson is not None}
"""The rules of the validator, by member."""
