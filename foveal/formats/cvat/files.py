"""The files of a CVAT export: `annotations.xml` under any name, and the manifest `*.jsonl` of a data set."""

import re
from collections.abc import Sequence
from typing import Final

from foveal.formats.base.files.source import Source
from foveal.formats.base.model.items import FormatError

HEAD_BYTES: Final = 4096
MAX_LOOKED_AT: Final = 20
"""Files of which the first bytes are read to recognise the format."""
_ROOT: Final = re.compile(rb"<annotations[\s>]")
_SURE: Final = re.compile(rb"<meta>|<meta/>|<version>1\.[01]</version>")
_LIKELY: Final = re.compile(rb"<(?:image|track)\s")
_MANIFEST: Final = re.compile(rb'^(?:\xef\xbb\xbf)?\s*\{\s*"version"\s*:\s*"1\.[0-9]"\s*\}\s*\n\s*\{\s*"type"\s*:')


def score(source: Source) -> float:
    """Return how likely a source is an export of CVAT, from names and first bytes."""
    names = [source.main] if source.main else source.names()
    found = max((_score_of(_head(source, name)) for name in _xml(source)[:MAX_LOOKED_AT]), default=0.0)
    manifests = [name for name in names if name.lower().endswith(".jsonl")][:MAX_LOOKED_AT]
    return max(found, 0.9 if any(_is_manifest(source, name) for name in manifests) else 0.0)


def annotation_files(source: Source) -> Sequence[str]:
    """Return the names of the XML files with CVAT's root element."""
    return [name for name in _xml(source) if _ROOT.search(_head(source, name))]


def manifests(source: Source) -> Sequence[str]:
    """Return the names of the manifests. Raises FormatError when there is no file of CVAT at all."""
    names = [source.main] if source.main else source.names()
    found = [name for name in names if name.lower().endswith(".jsonl") and _is_manifest(source, name)]
    if not found and not annotation_files(source):
        raise FormatError(
            "not_cvat", "No XML with the root <annotations> and no manifest is here: export 'CVAT for images 1.1'."
        )
    return found


def _xml(source: Source) -> Sequence[str]:
    """Return the file that the caller named, whatever its suffix, or the files whose names end in .xml."""
    return [source.main] if source.main else [name for name in source.names() if name.lower().endswith(".xml")]


def _score_of(head: bytes) -> float:
    if not _ROOT.search(head):
        return 0.0
    return 0.95 if _SURE.search(head) else 0.7 if _LIKELY.search(head) else 0.2


def _is_manifest(source: Source, name: str) -> bool:
    return bool(_MANIFEST.match(_head(source, name)))


def _head(source: Source, name: str) -> bytes:
    with source.open(name) as stream:
        return stream.read(HEAD_BYTES)
