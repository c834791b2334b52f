"""WebDataset: samples in tar files, members of one key, with labels in `json`, `cls` and `txt` members."""

from collections.abc import Sequence
from typing import Final

from foveal.formats.base.files.probing import is_media
from foveal.formats.base.files.source import Source
from foveal.formats.registry import Format
from foveal.formats.webdataset.reading import LABEL_SUFFIXES, LABELS_NAME, NAME, first_members, read, split_name
from foveal.formats.webdataset.writing import write

LOOKED_AT: Final = 1_000
MAYBE_SHARDS: Final = 0.1
"""Score of tar files that may as well hold data sets of another format: they are shards when that is said."""


def score(source: Source) -> float:
    """Return how likely the source is a shard, or a folder of shards: by the names of its members."""
    names = source.names()
    if source.main is not None or not names:
        return 0.0
    if all(name.endswith(".tar") for name in names):  # shards have media, but for those that were made of labels alone
        first = first_members(source, names[0], LOOKED_AT)
        return 0.7 if _of_shard(first) or any(map(is_media, first)) else MAYBE_SHARDS
    return _of_shard(names[:LOOKED_AT])


def _of_shard(names: Sequence[str]) -> float:
    if LABELS_NAME in names:
        return 0.9
    suffixes = {split_name(name)[1] for name in names}
    has_media = any(is_media(f".{suffix}") for suffix in suffixes)
    return 0.6 if "cls" in suffixes and (has_media or suffixes <= {*LABEL_SUFFIXES}) else 0.0


FORMAT: Final = Format(
    NAME,
    "WebDataset",
    score,
    read,
    write,
    {"classes": "The names of classes in the order of the numbers in `cls` members, with commas between them."},
    {"samples_a_shard": "Write shards as files, of so many samples each, instead of one shard."},
)
