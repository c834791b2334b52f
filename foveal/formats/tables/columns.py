"""Columns of a table by their role: found by the header, or given by the option `columns`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.formats.base.files.json_records import BadRecord, loads
from foveal.formats.base.files.probing import is_media
from foveal.formats.base.model.context import Context, ask
from foveal.formats.base.model.items import FormatError, Question

OPTION: Final = "columns"
ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "file_name": (
        *(
            "file_name",
            "filename",
            "image.path",
            "image",
            "image_name",
            "image_path",
            "image_file",
            "image_file_name",
            "img",
        ),
        *("img_path", "img_name", "path", "file_path", "file", "image_id", "photo", "frame_path"),
    ),
    "label": ("label", "class", "class_name", "category", "category_name", "label_name", "object_class", "species"),
    "split": ("split", "subset"),
    "width": ("image_width", "img_width", "img_w", "image_w"),
    "height": ("image_height", "img_height", "img_h", "image_h"),
    "labelled": ("labelled",),
    "image_extra": ("image_extra",),
    "annotation": ("annotation",),
    "objects": ("objects",),
    "boxes": ("bboxes", "boxes"),
    "labels": ("labels", "categories", "classes"),
    "box": ("bbox", "box", "bounding_box"),
    "x_min": ("x_min", "xmin", "x1", "left", "box_x_min", "bbox_x1", "bbox_xmin"),
    "y_min": ("y_min", "ymin", "y1", "top", "box_y_min", "bbox_y1", "bbox_ymin"),
    "x_max": ("x_max", "xmax", "x2", "right", "box_x_max", "bbox_x2", "bbox_xmax"),
    "y_max": ("y_max", "ymax", "y2", "bottom", "box_y_max", "bbox_y2", "bbox_ymax"),
    "x_center": ("x_center", "xcenter", "center_x", "cx", "xc"),
    "y_center": ("y_center", "ycenter", "center_y", "cy", "yc"),
    "x": ("x", "box_x", "bbox_x"),
    "y": ("y", "box_y", "bbox_y"),
    "box_width": ("box_width", "bbox_width", "w", "bbox_w", "box_w"),
    "box_height": ("box_height", "bbox_height", "h", "bbox_h", "box_h"),
    "confidence": ("confidence", "score", "conf", "probability"),
    "text": ("caption", "text", "description"),
    "frame": ("frame_index", "frame", "frame_id", "frame_number"),
    "track_id": ("track_id",),
    "iscrowd": ("iscrowd", "is_crowd"),
}
"""Roles of columns with the names that headers give them, compared without case, blanks and underscores."""
_BOX_ROLES: Final = ("box", "boxes", "objects", "x_min", "x", "x_center")


@dataclass(frozen=True, slots=True)
class Columns:
    """The column of each role that a table has; `others` are the columns without a role."""

    of: Mapping[str, str]
    others: Sequence[str]

    @property
    def has_labels(self) -> bool:
        """Tell whether the table has any column from which annotations are made."""
        return any(role in self.of for role in ("annotation", "label", "text", *_BOX_ROLES))


def find_columns(
    names: Sequence[str], sample: Sequence[Mapping[str, Any]], context: Context, where: str, *, is_named: bool = True
) -> Columns | Question:
    """Return the columns of a table by the option or its header, or the question which they are.

    `is_named` is false for a table without a header, whose columns are numbered from 1: nothing is known of them.
    Raises FormatError for an option that does not fit the table.
    """
    answer = context.option(OPTION)
    if answer is not None:
        return _complete(dict(_pairs(answer)), names)
    found = _by_header(names) if is_named else {}
    if "file_name" in found:
        return _complete(found, names)
    proposed = ",".join(f"{role}:{name}" for role, name in _proposal(names, sample, found).items())
    return ask(
        OPTION,
        f"Which column holds the file name, and which the labels? The columns are {', '.join(names)}; "
        f"the roles are {', '.join(ROLES)}.",
        [proposed],
        proposed,
        where,
    )


def cell(values: Mapping[str, Any], name: str) -> Any:
    """Return a cell; a name with dots leads into objects. None for empty cells."""
    if name in values:
        found = values[name]
    else:
        found = values
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    return None if isinstance(found, str) and not found.strip() else found


def _complete(found: dict[str, str], names: Sequence[str]) -> Columns:
    for role, name in found.items():
        if role not in ROLES:
            raise FormatError("wrong_option", f"--option columns: {role} is no role; take of {', '.join(ROLES)}.")
        if name not in names and name.partition(".")[0] not in names:
            raise FormatError("wrong_option", f"--option columns: there is no column {name}, only {', '.join(names)}.")
    if "file_name" not in found:
        raise FormatError("wrong_option", "--option columns needs file_name:COLUMN.")
    used = {name.partition(".")[0] if name not in names else name for name in found.values()}
    return Columns(found, [name for name in names if name not in used])


def _pairs(answer: str) -> Iterator[tuple[str, str]]:
    if answer.startswith("{"):
        try:
            value = loads(answer)
        except BadRecord as problem:
            raise FormatError("wrong_option", f"--option columns: {problem}.") from None
        if not all(isinstance(name, str) for name in value.values()):
            raise FormatError("wrong_option", "--option columns: each role has the name of a column.")
        yield from value.items()
        return
    for pair in answer.split(","):
        role, separator, name = pair.partition(":")
        if not separator:
            raise FormatError(
                "wrong_option", "--option columns=ROLE:COLUMN,…, for example file_name:image,label:class."
            )
        yield role.strip(), name.strip()


def _by_header(names: Sequence[str]) -> dict[str, str]:
    plain = {_plain(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for role, aliases in ROLES.items():
        name = next((plain[_plain(alias)] for alias in aliases if _plain(alias) in plain), None)
        if name is not None and name not in found.values():
            found[role] = name
    _assign_sides(found, plain)
    if "objects" in found or "boxes" in found:
        found.pop("label", None)
    else:
        found.pop("labels", None)
    return found


def _assign_sides(found: dict[str, str], plain: Mapping[str, str]) -> None:
    """`width` and `height` are those of the box where a corner or centre stands without any, else of the image."""
    if "width" not in plain or "height" not in plain:
        return
    lacks_sides = any(role in found for role in ("x_min", "x", "x_center")) and not (
        "x_max" in found or "box_width" in found
    )
    names = ("box_width", "box_height") if lacks_sides else ("width", "height")
    for role, name in zip(names, ("width", "height"), strict=True):
        found.setdefault(role, plain[name])


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


def _proposal(names: Sequence[str], sample: Sequence[Mapping[str, Any]], found: dict[str, str]) -> dict[str, str]:
    """Return likely columns by their values: a name of a picture, four numbers for corners, a word for a label."""
    proposed: dict[str, str] = {}
    free = [name for name in names if name not in found.values()]
    for name in free:
        values = [str(cell(row, name) or "") for row in sample]
        if any(is_media(value) or "/" in value for value in values):
            proposed["file_name"] = name
            break
    proposed.setdefault("file_name", free[0] if free else names[0])
    free = [name for name in free if name != proposed["file_name"]]
    numbers = [name for name in free if _are_numbers(sample, name)]
    if not any(role in found for role in _BOX_ROLES) and len(numbers) >= 4:
        proposed |= dict(zip(("x_min", "y_min", "x_max", "y_max"), numbers, strict=False))
    words = [name for name in free if name not in numbers]
    if "label" not in found and words:
        proposed["label"] = words[-1]
    return found | proposed


def _are_numbers(sample: Sequence[Mapping[str, Any]], name: str) -> bool:
    values = [value for row in sample if (value := cell(row, name)) is not None]
    return bool(values) and all(re.fullmatch(r"-?\d+([.,]\d+)?", str(value).strip()) for value in values)


def split_of(name: str) -> str | None:
    """Return the split that the name of a table's file, or its folder, states."""
    path = PurePosixPath(name)
    stem = re.split(r"[-_.]", path.stem)[0]
    for word in (stem, *reversed(path.parts[:-1])):
        if word.lower() in ("train", "training", "val", "valid", "validation", "test", "testing", "dev"):
            return word
    return None
