"""Labelling interface (XML) for the results that were written: a control for each kind of result, with its labels.

Source of the tags: labelstud.io, "Tags" (`RectangleLabels`, `Choices`, …).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import quoteattr

from foveal.formats.base.model.items import Label

_TAGS: Final = {
    "rectanglelabels": ("RectangleLabels", "box"),
    "rectangle": ("Rectangle", "plain_box"),
    "polygonlabels": ("PolygonLabels", "polygon"),
    "polygon": ("Polygon", "plain_polygon"),
    "ellipselabels": ("EllipseLabels", "ellipse"),
    "ellipse": ("Ellipse", "plain_ellipse"),
    "keypointlabels": ("KeyPointLabels", "point"),
    "brushlabels": ("BrushLabels", "brush"),
    "brush": ("Brush", "plain_brush"),
    "timelinelabels": ("TimelineLabels", "timeline"),
    "videorectangle": ("VideoRectangle", "track"),
    "choices": ("Choices", "choice"),
    "taxonomy": ("Taxonomy", "taxonomy"),
    "textarea": ("TextArea", "caption"),
    "number": ("Number", "number"),
}
TRACK_LABELS: Final = "track_labels"


@dataclass(slots=True)
class _Control:
    tag: str
    is_per_region: bool
    labels: dict[str, None] = field(default_factory=dict)


class Interface:
    """The controls so far, with their labels in the order of their first use."""

    def __init__(self) -> None:
        self._controls: dict[str, _Control] = {}
        self._objects: dict[str, None] = {}

    def add(
        self,
        type_: str,
        name: str | None,
        labels: Iterable[str],
        *,
        is_per_region: bool = False,
        is_given: bool = False,
    ) -> str:
        """Note a control and labels of it; return its name.

        The second control of a name gets its tag behind it, unless the name `is_given` by a file of Label Studio.
        """
        tag, usual = _TAGS[type_]
        name = name or usual
        known = self._controls.get(name)
        if not is_given and known is not None and (known.tag, known.is_per_region) != (tag, is_per_region):
            name = f"{name}_{tag}"
        self._controls.setdefault(name, _Control(tag, is_per_region)).labels.update(dict.fromkeys(labels))
        return name

    def add_object(self, name: str) -> None:
        """Note `image` or `video`."""
        self._objects.setdefault(name)

    def text(self, known: Sequence[Label]) -> str:
        """Return the XML. Labels that the data set knows come in its order, with their colours."""
        order = {label.name: (position, label.color) for position, label in enumerate(known)}
        objects = list(self._objects) or ["image"]
        lines = ["<View>"]
        for each in objects:
            lines.append(f'  <{each.capitalize()} name="{each}" value="${each}"/>')
        for name, control in sorted(self._controls.items()):
            to_name = "video" if control.tag in ("VideoRectangle", "TimelineLabels") else objects[0]
            if control.tag == "VideoRectangle":
                lines += _lines(_Control("Labels", False, control.labels), TRACK_LABELS, to_name, order)
                control = _Control(control.tag, False)
            lines += _lines(control, name, to_name, order)
        return "\n".join([*lines, "</View>"]) + "\n"


def _lines(control: _Control, name: str, to_name: str, order: dict[str, tuple[int, str | None]]) -> Iterable[str]:
    labels = sorted(control.labels, key=lambda label: order.get(label, (len(order), None))[0])
    start = f"  <{control.tag} name={quoteattr(name)} toName={quoteattr(to_name)}"
    start += ' perRegion="true"' * control.is_per_region + ' choice="multiple"' * (control.tag == "Choices")
    if not labels:
        return [f"{start}/>"]
    child = "Choice" if control.tag == "Choices" else "Label"
    children = []
    for position, label in enumerate(labels):
        colour = order.get(label, (0, None))[1]
        attributes = f" value={quoteattr(label)}" + (f' background="{colour}"' if colour else "")
        attributes += f' model_index="{position}"' * (control.tag == "KeyPointLabels")
        children.append(f"    <{child}{attributes}/>")
    return [f"{start}>", *children, f"  </{control.tag}>"]
