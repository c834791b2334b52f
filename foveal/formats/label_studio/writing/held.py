"""Fields that results hold, by type; all others are told. Bodies that came from Label Studio keep their own members."""

from collections.abc import Mapping
from typing import Any, Final

from foveal.formats.base.model.loss import LossReport
from foveal.formats.label_studio.writing.regions import Body

_KEPT: Final = frozenset(
    {
        *("type", "field", "label", "confidence", "relations", "instance_id", "source", "run", "annotator", "tags"),
        *("lead_time_seconds", "extra", "image_size", "text", "attributes", "origin"),
    }
)
"""Fields that results and their sets hold, with what is told of them elsewhere."""
_OF_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "detection": frozenset({"bbox", "bbox_px", "rotation", "rotation_origin", "parent_id"}),
    "polygon": frozenset({"rings", "rings_px", "closed", "filled", "parent_id"}),
    "polyline": frozenset({"rings", "rings_px", "closed", "filled", "parent_id"}),
    "ellipse": frozenset({"ellipse", "ellipse_px", "rotation", "parent_id"}),
    "keypoints": frozenset({"keypoints", "parent_id", "bbox", "bbox_px"}),
    "mask": frozenset({"mask", "parent_id"}),
    "segmentation": frozenset({"mask", "parent_id"}),
    "temporal": frozenset({"support"}),
    "regression": frozenset({"value"}),
}
_TRACK: Final = frozenset({"frame_index", "keyframe", "outside", "track_id", "interpolated"})


def tell_losses(body: Body, where: str, losses: LossReport, *, is_track: bool) -> None:
    """Tell the fields of a body that was written which its results do not hold."""
    held = (
        _KEPT | _OF_TYPE.get("detection" if is_track else body["type"], frozenset()) | (_TRACK if is_track else set())
    )
    for name, value in body.items():
        if name not in held and (value not in (None, False, [], {}) or name == "index"):
            losses.tell("not_in_format", name, "Label Studio has no member for it.", where)
    if body.get("extra") and not is_own(body):
        losses.tell("not_in_format", "extra", "Members of another format are not written.", where)
    if body.get("coordinate_frame") == "stored":
        losses.tell("stored_frame", "coordinate_frame", "The percents refer to the stored image.", where)


def is_own(body: Body) -> bool:
    """Tell whether a body came from Label Studio: its extra names the control."""
    return isinstance(body.get("extra"), dict) and "from_name" in body["extra"]


def own_extra(body: Body) -> Mapping[str, Any]:
    """Return the members of a result that a body kept; none for a body of another format."""
    return body["extra"] if is_own(body) else {}
