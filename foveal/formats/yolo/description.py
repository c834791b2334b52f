"""Description of a YOLO data set: `data.yaml` (ultralytics `data/utils.py`, `check_det_dataset`), Darknet's
`obj.data`, or a list of class names alone."""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from foveal.formats.base.files.source import read_bytes
from foveal.formats.base.model.items import FileWarning, FormatError, Section
from foveal.formats.yolo.classes import MAX_CLASSES, Classes
from foveal.formats.yolo.files import SPLITS, Files, joined
from foveal.formats.yolo.yaml_text import MAX_YAML_BYTES, Tree, parse

TASKS: Final = ("detect", "segment", "pose", "obb", "classify")
KptShape = tuple[int, int]
MAX_KEYPOINTS: Final = 1000
MAX_LIST_BYTES: Final = 64 * 2**20
CLASS_LISTS: Final = ("classes.txt", "obj.names", "predefined_classes.txt")
_HEAD_BYTES: Final = 1 << 16
_YAML_KEY: Final = re.compile(rb"^[\"']?(names|nc|train|val|validation|kpt_shape)[\"']?[ \t]*:", re.MULTILINE)
_DARKNET_KEY: Final = re.compile(rb"^[ \t]*(classes|names|train|valid)[ \t]*=", re.MULTILINE)
_CLASSES: Final = re.compile(rb"^[ \t\"']*(names|nc|classes)[ \t\"']*[:=]", re.MULTILINE)
_ABSENT: Final = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Description:
    """Classes and splits as the data set states them. `root` and `folder` are where its paths begin, in that order."""

    classes: Classes
    name: str | None = None
    folder: str = ""
    root: str = ""
    task: str | None = None
    kpt_shape: KptShape | None = None
    splits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sections: Sequence[Section] = ()
    warnings: Sequence[FileWarning] = ()


def find_yaml(files: Files) -> str | None:
    """Return the `data.yaml` of a source by its keys: the file that was named, else the one nearest to the top.

    Raises FormatError when several are as near.
    """
    return _nearest(files, (".yaml", ".yml"), _YAML_KEY, "data.yaml")


def find_darknet(files: Files) -> str | None:
    """Return the `obj.data` of a source. Raises FormatError when several are as near to the top."""
    return _nearest(files, (".data",), _DARKNET_KEY, "obj.data")


def describe(files: Files) -> Description:
    """Return what a source states of itself; nothing but empty classes where it has no description."""
    if (name := find_yaml(files)) is not None:
        return _of_yaml(files, name)
    if (name := find_darknet(files)) is not None:
        return _of_darknet(files, name)
    lists = sorted(
        (each for each in files.names if posixpath.basename(each).lower() in CLASS_LISTS),
        key=lambda each: each.count("/"),
    )
    if not lists:
        return Description(Classes(None))
    texts = {verbatim(files, each) for each in lists}
    if len({_lines(text) for text in texts}) > 1:
        raise FormatError("several_class_lists", f"{' and '.join(lists[:5])} differ: keep the one that is right.")
    text = verbatim(files, lists[0])
    return Description(
        Classes(dict(enumerate(_lines(text))), where=lists[0]), folder="", sections=[Section(lists[0], text)]
    )


def parse_kpt_shape(stated: Iterable[str], where: str) -> KptShape:
    """Return number of keypoints and numbers for each (2 or 3). Raises FormatError."""
    try:
        count, size = (_integer(each) for each in stated)
    except ValueError:
        count = size = 0
    if not 1 <= count <= MAX_KEYPOINTS or size not in (2, 3):
        raise FormatError(
            "wrong_kpt_shape", f"{where}: kpt_shape is the number of keypoints and 2 or 3, for example [17, 3]."
        )
    return count, size


def _nearest(files: Files, suffixes: tuple[str, ...], key: "re.Pattern[bytes]", usual: str) -> str | None:
    by_depth: dict[int, list[str]] = {}
    for each in files.names:
        if each.lower().endswith(suffixes):
            by_depth.setdefault(each.count("/"), []).append(each)
    for depth in sorted(by_depth):
        level = [each for each in by_depth[depth] if key.search(head(files, each))]
        usual_ones = [each for each in level if posixpath.basename(each).lower() == usual]
        best = usual_ones or [each for each in level if has_classes(files, each)] or level
        if len(best) > 1:
            raise FormatError(
                "several_descriptions", f"The source has {', '.join(best[:5])}: name one of them as PATH."
            )
        if best:
            return best[0]
    return None


def has_classes(files: Files, name: str) -> bool:
    """Tell whether a description seems to name classes."""
    return _CLASSES.search(head(files, name)) is not None


def head(files: Files, name: str) -> bytes:
    """Return the first bytes of a file, a byte order mark left out."""
    with files.source.open(name) as stream:
        return stream.read(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf")


def verbatim(files: Files, name: str, limit: int = MAX_YAML_BYTES) -> str:
    """Return the text of a file with its byte order mark and its line ends. Raises FormatError."""
    try:
        return read_bytes(files.source, name, limit).decode()
    except UnicodeDecodeError as error:
        raise FormatError("not_utf8", f"{name} is not UTF-8 (byte {error.start}): save it as UTF-8.") from error


def _of_yaml(files: Files, name: str) -> Description:
    text = verbatim(files, name)
    tree = parse(text.removeprefix("\ufeff"), name)
    if not isinstance(tree, dict):
        raise FormatError("not_yolo", f"{name} is no mapping with names, train and val.")
    folder = posixpath.dirname(name)
    warnings: list[FileWarning] = []
    names = _names(files, folder, name, tree.get("names"))
    count = _class_count(tree.get("nc"), name)
    if names is not None and count is not None and count != len(names):
        warnings.append(FileWarning("nc_differs", f"nc is {count}, but {len(names)} classes have names.", name))
    if tree.get("download") not in (None, *_ABSENT):
        warnings.append(FileWarning("download_not_run", "The script or address in `download` is never used.", name))
    stated = tree.get("kpt_shape")
    shape = None if stated is None or stated in _ABSENT else parse_kpt_shape(_texts(stated, name, "kpt_shape"), name)
    skeletons = _skeletons(tree.get("kpt_names"), names, count, shape, name)
    flip = [_integer_of(each, name, "flip_idx") for each in _texts(tree.get("flip_idx", ""), name, "flip_idx")]
    task = tree.get("task")
    return Description(
        Classes(names, count, skeletons, flip, name),
        name,
        folder,
        _root(files, folder, tree.get("path")),
        task if isinstance(task, str) and task in TASKS else None,
        shape,
        _splits(tree, name),
        [Section(name, text)],
        warnings,
    )


def _of_darknet(files: Files, name: str) -> Description:
    text = verbatim(files, name)
    stated = {}
    for line in text.splitlines():
        key, separator, value = line.partition("=")
        if separator and not line.lstrip().startswith("#"):
            stated[key.strip().lower()] = value.strip()
    folder, sections = posixpath.dirname(name), [Section(name, text)]
    path = files.find(stated.get("names", ""), folder) if stated.get("names") else None
    names: dict[int, str] | None = None
    warnings = []
    if path is None:
        warnings.append(FileWarning("no_names", f"The list of names {stated.get('names', '')!r} is not there.", name))
    else:
        names_text = verbatim(files, path)
        sections.append(Section(path, names_text))
        names = dict(enumerate(_lines(names_text)))
    splits = {SPLITS[key]: [stated[key]] for key in ("train", "valid", "test") if stated.get(key)}
    count = _class_count(stated.get("classes"), name)
    if names is not None and count is not None and count != len(names):
        warnings.append(FileWarning("nc_differs", f"classes is {count}, but {len(names)} have names.", name))
    return Description(
        Classes(names, count, where=path or name), name, folder, folder, None, None, splits, sections, warnings
    )


def _names(files: Files, folder: str, where: str, stated: Tree | None) -> dict[int, str] | None:
    match stated:
        case None:
            return None
        case str():
            if stated in _ABSENT:
                return None
            path = files.find(stated, folder)
            if path is None:
                raise FormatError(
                    "wrong_names", f"{where}: names is a list, a mapping, or the name of a file of names."
                )
            return dict(enumerate(_lines(verbatim(files, path))))
        case list():
            return dict(enumerate(_texts(stated, where, "names")))
        case dict():
            names = {_integer_of(key, where, "names"): value for key, value in stated.items()}
            if len(names) != len(stated) or any(not 0 <= number < MAX_CLASSES for number in names):
                raise FormatError("wrong_names", f"{where}: names must have each class number from 0 once.")
            return dict(zip(names, _texts(list(names.values()), where, "names"), strict=True))


def _class_count(stated: Tree | None, where: str) -> int | None:
    if stated is None or stated in _ABSENT:
        return None
    count = _integer_of(stated, where, "the number of classes")
    if not 0 <= count <= MAX_CLASSES:
        raise FormatError("wrong_nc", f"{where}: {count} is no number of classes.")
    return count


def _skeletons(
    stated: Tree | None,
    names: Mapping[int, str] | None,
    count: int | None,
    shape: KptShape | None,
    where: str,
) -> dict[int, list[str]]:
    """Return the names of keypoints by class; the numbers of the keypoints where `kpt_names` has none."""
    if shape is None:
        return {}
    numbers = names.keys() if names is not None else range(count or 0)
    by_class = {number: [str(position) for position in range(shape[0])] for number in numbers}
    match stated:
        case dict():
            for key, each in stated.items():
                by_class[_integer_of(key, where, "kpt_names")] = _texts(each, where, "kpt_names")
        case list():
            by_class = {number: _texts(stated, where, "kpt_names") for number in numbers}
    return by_class


def _root(files: Files, folder: str, stated: Tree | None) -> str:
    if not isinstance(stated, str) or stated in _ABSENT:
        return folder
    root = joined(folder, stated)
    return root if not root.startswith(("/", "..")) and files.has_folder(root) else folder


def _splits(tree: Mapping[str, Tree], where: str) -> dict[str, list[str]]:
    splits: dict[str, list[str]] = {}
    for key in ("train", "val", "valid", "validation", "test"):
        stated = tree.get(key)
        if stated is None or stated in _ABSENT or SPLITS[key] in splits:
            continue
        splits[SPLITS[key]] = _texts(stated, where, key)
    return splits


def _texts(stated: Tree, where: str, key: str) -> list[str]:
    if isinstance(stated, str):
        return [] if stated in _ABSENT else [stated]
    if not isinstance(stated, list) or not all(isinstance(each, str) for each in stated):
        raise FormatError("not_yolo", f"{where}: {key} must be text or a list of texts.")
    return [str(each) for each in stated]


def _integer_of(stated: Tree, where: str, what: str) -> int:
    try:
        if isinstance(stated, str):
            return _integer(stated)
    except ValueError:
        pass
    raise FormatError("not_yolo", f"{where}: {what} has {str(stated)[:40]!r}, which is no integer.")


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text.strip()):
        raise ValueError(text)
    return int(text)


def _lines(text: str) -> tuple[str, ...]:
    """Return the names of a list by line; empty lines at its end are none."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)
