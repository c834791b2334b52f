"""`data.yaml` of a data set that is written, and whether the one that it came with still holds."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO, Final

from foveal.formats.base.model.dataset import Dataset
from foveal.formats.base.model.items import FormatError
from foveal.formats.yolo.classes import FORMAT_NAME
from foveal.formats.yolo.description import Description, KptShape, describe
from foveal.formats.yolo.files import Files
from foveal.formats.yolo.variants import ndjson
from foveal.formats.yolo.writing.numbering import Numbering

_NOT_PRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def kept(dataset: Dataset, numbering: Numbering) -> Description | None:
    """Return the description of a YOLO data set that can keep its files: its classes have the numbers that they had."""
    if dataset.format != FORMAT_NAME or ndjson.SECTION in dataset.sections():
        return None
    try:
        description = describe(Files(_Sections(dataset.sections())))
    except FormatError:
        return None
    stated = description.classes.names
    if stated is None:
        is_same = all(name == str(number) for number, name in numbering.names.items())
    else:
        is_same = dict(stated) == numbering.names
    return description if is_same else None


def data_yaml(
    numbering: Numbering,
    splits: Mapping[str, str],
    kpt_shape: KptShape | None = None,
    keypoint_names: Mapping[str, Sequence[str]] | None = None,
    flip: Sequence[int] | None = None,
) -> str:
    """Return the text of `data.yaml`: the list of images of each split, all names by number, the keypoints.

    Without `path` the lists lie beside it (ultralytics `data/utils.py`, `check_det_dataset`, which also wants `val`).
    """
    names = numbering.all_names()
    lines = [f"{split}: {splits.get(split, '')}".rstrip() for split in ("train", "val")]
    lines += [f"{split}: {name}" for split, name in splits.items() if split not in ("train", "val")]
    lines += [f"nc: {len(names)}", "names:" if names else "names: []"]
    lines += [f"  {number}: {_quoted(name)}" for number, name in enumerate(names)]
    if kpt_shape:
        lines.append(f"kpt_shape: {list(kpt_shape)}")
        if flip:
            lines.append(f"flip_idx: {list(flip)}")
        if keypoint_names:
            lines.append("kpt_names:")
            for number, name in sorted(numbering.names.items()):
                if each := keypoint_names.get(name):
                    lines.append(f"  {number}: [{', '.join(map(_quoted, each))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return text in double quotes, as YAML 1.1 and 1.2 read it."""
    return _NOT_PRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


class _Sections:
    """The sections of a data set as a source of files."""

    main: str | None = None

    def __init__(self, sections: Mapping[str, str]) -> None:
        self._contents = {name: text.encode("utf-8", "surrogatepass") for name, text in sections.items()}

    def names(self) -> Sequence[str]:
        return sorted(self._contents)

    def size(self, name: str) -> int:
        return len(self._contents[name])

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        return _opened(self._contents[name])

    def around(self) -> "_Sections":
        return self


@contextmanager
def _opened(content: bytes) -> Iterator[BinaryIO]:
    yield io.BytesIO(content)
