"""Recipes of derivatives: each has a name made from everything that its bytes depend on.

A recipe comes from the stage's configuration and from the catalog, never from free parameters: a caller can request
only configured renditions and existing annotations. Their combinations are bounded by `made.MAX_PER_ASSET`.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, Self

from foveal.derivatives.tiles import TILE_SIDE, Tiles
from foveal.errors import Unprocessable
from foveal.objects.keys import derived_key

Format = Literal["webp", "avif", "jpeg", "png", "svg", "json"]
Kind = Literal["rendition", "strip", "overlay", "annotated", "crop", "tile", "frames", "values"]

GENERATION: Final = 4
"""Increased when the same recipe gives other bytes than before, so that names change and old bytes are not served."""
GENERATIONS: Final[Mapping[Kind, int]] = {"values": 6}
"""Later generations of single kinds."""

CONTENT_TYPES: Final[Mapping[Format, str]] = {
    "webp": "image/webp",
    "avif": "image/avif",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "json": "application/json",
}
EXTENSIONS: Final[Mapping[Format, str]] = {
    **{"webp": "webp", "avif": "avif", "jpeg": "jpg", "png": "png", "svg": "svg"},
    "json": "json",
}
MARGINS: Final = (0.0, 0.1, 0.25, 0.5)
CONFIDENCE_STEPS: Final = 20
MAX_FRAME_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Rendition:
    """A configured size and format: fits into `width` times twice that height, never enlarged."""

    name: str
    width: int
    format: Format


class Renditions(Mapping[str, Rendition]):
    """The renditions of a stage by name."""

    def __init__(self, renditions: Mapping[str, Rendition]) -> None:
        self._by_name = dict(renditions)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read `{"thumbnail": {"width": 320, "format": "webp"}, …}` as the stack writes it into RENDITIONS."""
        return cls({name: Rendition(name, value["width"], value["format"]) for name, value in json.loads(text).items()})

    def __getitem__(self, name: str) -> Rendition:
        return self._by_name[name]

    def __iter__(self) -> Any:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def chosen(self, name: str | None) -> Rendition:
        """Return a rendition by name, or the widest. Raises Unprocessable for a name that is not configured."""
        if name is None:
            return max(self._by_name.values(), key=lambda each: each.width)
        if name not in self._by_name:
            raise Unprocessable(f"There is no rendition {name[:40]!r}; choose one of {', '.join(self._by_name)}.")
        return self._by_name[name]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The parameters of one derivative.

    `revision` is the asset's annotation revision, or an annotation's own for a crop that depends on nothing else;
    `label_revision` is that of the project's label schemas, which hold colours and skeletons.
    """

    kind: Kind
    label: str
    width: int
    format: Format
    revision: int | None = None
    field: str | None = None
    labels: tuple[str, ...] = ()
    min_confidence: float | None = None
    annotation_id: str | None = None
    margin: float = 0.0
    frame: int | None = None
    label_revision: int | None = None
    tile: tuple[int, int, int] | None = None
    """Level, column and row of a tile."""

    @property
    def name(self) -> str:
        """Return the last part of the key, for example `thumbnail-4f9c01d2a7b3.webp`."""
        given = {name: value for name, value in asdict(self).items() if name != "label"}
        if self.tile is None:  # names of derivatives from before there were tiles
            del given["tile"]
        generation = GENERATIONS.get(self.kind, GENERATION)
        text = json.dumps({"generation": generation, **given}, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        revision = "" if self.revision is None else f"-r{self.revision}"
        return f"{self.label}{revision}-{digest}.{EXTENSIONS[self.format]}"

    @property
    def draws_labels(self) -> bool:
        """Return whether the picture depends on the label schemas."""
        return self.kind in ("overlay", "annotated")

    @property
    def shows_asset(self) -> bool:
        """Return whether the picture is the whole asset, and nothing drawn on it."""
        return self.kind == "rendition" and self.frame is None

    @property
    def is_on_request(self) -> bool:
        """Return whether the recipe has options, so that an asset has any number of such derivatives."""
        is_frame = self.kind in ("rendition", "values") and self.frame is not None
        return is_frame or self.kind in ("overlay", "annotated", "crop")

    def with_labels(self, label_revision: int) -> "Recipe":
        return replace(self, label_revision=label_revision)

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.format]

    def key(self, asset: Mapping[str, Any]) -> str:
        """Return the S3 key of the derivative for an asset's current version.

        The ETag stands for the version of an object that was imported from a bucket whose versions are not known.
        """
        s3 = asset["s3"]
        version_id = s3.get("version_id") or (s3["etag"] if s3.get("is_external") else "null")
        return derived_key(asset["project"], asset["_id"], version_id, self.name)


def rendition(chosen: Rendition) -> Recipe:
    return Recipe("rendition", chosen.name, chosen.width, chosen.format)


def strip() -> Recipe:
    """Return the recipe of a video's preview strip: ten frames of 160 pixels side by side."""
    return Recipe("strip", "strip", 160, "webp")


def automatic(asset: Mapping[str, Any], renditions: Renditions) -> list[Recipe]:
    """Return the recipes that are made as soon as an asset is ready."""
    recipes = [rendition(each) for each in renditions.values()]
    return [*recipes, strip()] if asset.get("media_type") == "video" else recipes


def requested(asset: Mapping[str, Any], renditions: Renditions, query: Mapping[str, str]) -> Recipe:
    """Return the recipe for `variant` and its options.

    Variants: a rendition's name, `strip`, `overlay` (SVG), `annotated` (burned in), `crop` (one annotation), `tile` of
    a large picture, `frames`, the table of a video's frames, `values` of a grey DICOM picture. Options of `overlay` and
    `annotated`: `field`, `label` (several by comma), `min_confidence` in steps of 0.05; of `annotated` and `crop`:
    `rendition`, `format`; of `crop`: `annotation_id` and `margin`; of all three: `frame`, which a video needs; of
    renditions and `values`: `frame`; of `tile`: level `z`, column `x`, row `y`. Raises Unprocessable for unknown
    variants, options and values.
    """
    variant = query.get("variant", "")
    allowed = {"variant", *_OPTIONS.get(variant, ("frame",))}
    unknown = sorted(set(query) - allowed)
    if unknown:
        raise Unprocessable(f"{variant[:40]} takes no {unknown[0][:40]!r}.")
    if variant in ("overlay", "annotated"):
        return _annotated(asset, renditions, query, "overlay" if variant == "overlay" else "annotated")
    if variant == "crop":
        return _crop(asset, renditions, query)
    if variant == "strip":
        if asset.get("media_type") != "video":
            raise Unprocessable("Only a video has a preview strip.")
        return strip()
    if variant == "tile":
        return _tile(asset, query)
    if variant == "values":
        if (asset.get("format"), asset.get("media_type"), asset.get("colour_space")) != ("dicom", "image", "gray"):
            raise Unprocessable("Only a grey DICOM picture has values.")
        return Recipe("values", "values", renditions.chosen(None).width, "png", frame=_shown_frame(asset, query))
    if variant == "frames":
        if asset.get("media_type") != "video":
            raise Unprocessable("Only a video has a table of frames.")
        return Recipe("frames", "frames", 0, "json")
    return replace(rendition(renditions.chosen(variant)), frame=_shown_frame(asset, query))


def require_variant(renditions: Renditions, variant: str) -> None:
    """Raise Unprocessable for a variant that no asset of this stage has."""
    if variant not in (*renditions, *VARIANTS):
        offered = ", ".join((*renditions, *VARIANTS))
        raise Unprocessable(f"There is no variant {variant[:40]!r}; choose one of {offered}.")


VARIANTS: Final = ("strip", "overlay", "annotated", "crop", "tile", "frames", "values")
_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "strip": (),
    "frames": (),
    "overlay": ("field", "label", "min_confidence", "frame"),
    "annotated": ("field", "label", "min_confidence", "frame", "rendition", "format"),
    "crop": ("annotation_id", "margin", "frame", "rendition", "format"),
    "tile": ("z", "x", "y"),
}


def _annotated(
    asset: Mapping[str, Any], renditions: Renditions, query: Mapping[str, str], kind: Literal["overlay", "annotated"]
) -> Recipe:
    summary = asset.get("label_summary") or ()
    field = query.get("field")
    labels = tuple(sorted(set(unicodedata.normalize("NFC", query["label"]).split(",")))) if query.get("label") else ()
    if field is not None and field not in {each["field"] for each in summary}:
        raise Unprocessable("The asset has no annotations in that field.")
    if not set(labels) <= {each.get("label") for each in summary}:
        raise Unprocessable("The asset has no annotations with that label.")
    frame = frame_of(asset, query.get("frame"))
    if frame is None and asset.get("media_type") == "video":
        raise Unprocessable("A video needs frame, counted from 0.")
    chosen = renditions.chosen(query.get("rendition"))
    return Recipe(
        kind,
        kind,
        0 if kind == "overlay" else chosen.width,
        "svg" if kind == "overlay" else _format(query, chosen),
        revision=int(asset.get("annotation_revision") or 0),
        field=field,
        labels=labels,
        min_confidence=_confidence(query.get("min_confidence")),
        frame=0 if frame is None and has_frames(asset) else frame,
    )


def _crop(asset: Mapping[str, Any], renditions: Renditions, query: Mapping[str, str]) -> Recipe:
    if not query.get("annotation_id"):
        raise Unprocessable("A crop needs annotation_id.")
    margin = _number(query.get("margin", "0.1"))
    if margin not in MARGINS:
        raise Unprocessable(f"margin must be one of {', '.join(map(str, MARGINS))}.")
    chosen = renditions.chosen(query.get("rendition"))
    return Recipe(
        "crop",
        "crop",
        chosen.width,
        _format(query, chosen),
        annotation_id=query["annotation_id"],
        margin=margin,
        frame=frame_of(asset, query.get("frame")),
    )


def _tile(asset: Mapping[str, Any], query: Mapping[str, str]) -> Recipe:
    place = [query.get(name, "") for name in ("z", "x", "y")]
    if not all(text.isascii() and text.isdecimal() and len(text) <= MAX_FRAME_DIGITS for text in place):
        raise Unprocessable("A tile needs z, x and y: level, column and row, whole numbers from 0.")
    level, column, row = map(int, place)
    Tiles.of(asset).require(level, column, row)
    return Recipe("tile", "tile", TILE_SIDE, "webp", tile=(level, column, row))


def has_frames(asset: Mapping[str, Any]) -> bool:
    """Return whether an asset has frames: a video, an animated image, a DICOM series."""
    return asset.get("media_type") == "video" or int(asset.get("frame_count") or 1) > 1


def frame_of(asset: Mapping[str, Any], text: str | None) -> int | None:
    """Return the requested frame, None for the only one. Raises Unprocessable for a frame that does not exist.

    Every number is accepted for a video whose header states no frame count.
    """
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= MAX_FRAME_DIGITS):
        raise Unprocessable("frame must be a whole number, counted from 0.")
    count = asset.get("frame_count") or (None if asset.get("media_type") == "video" else 1)
    if count is not None and int(text) >= count:
        raise Unprocessable(f"There is no frame {int(text)}: the asset has {count}, counted from 0.")
    return int(text) if has_frames(asset) else None


def _shown_frame(asset: Mapping[str, Any], query: Mapping[str, str]) -> int | None:
    """Return the requested frame, None for the one that is shown without a request: the first, of a video its poster.

    Raises Unprocessable as `frame_of`.
    """
    frame = frame_of(asset, query.get("frame"))
    return frame if asset.get("media_type") == "video" else frame or None


def _format(query: Mapping[str, str], chosen: Rendition) -> Format:
    format_ = query.get("format", chosen.format)
    for each in ("webp", "jpeg", "png", "avif"):
        if format_ == each:
            return each
    raise Unprocessable("format must be one of webp, jpeg, png, avif.")


def _confidence(text: str | None) -> float | None:
    if text is None:
        return None
    steps = _number(text) * CONFIDENCE_STEPS
    if not 0 <= steps <= CONFIDENCE_STEPS or abs(steps - round(steps)) > 1e-9:
        raise Unprocessable("min_confidence must be between 0 and 1, in steps of 0.05.")
    return round(steps) / CONFIDENCE_STEPS


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unprocessable("A number was expected.") from None
