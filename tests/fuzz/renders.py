"""Fuzzing of renders: images, videos and DICOM, each drawn as the render function does.

    python -m tests.fuzz.renders --inputs 100000 --seed 1 --folder ../shared/corpus

Every mutant that the header readers call ready, or all with `--unprobed`, is drawn: a thumbnail, a late frame, a crop
and, of a video, its strip. An outcome is a file or a typed reason. A process that was ended by a signal, an error that
no decoder module knows, and memory above the limit are kept in a folder and end the run with 1. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from foveal.derivatives.recipes import Recipe
from foveal.errors import Unrenderable
from foveal.probe import MemorySource, ProbeError, probe
from foveal.render.drawing import Drawing
from foveal.render.isolation import limits
from foveal.render.isolation.client import Drawings
from tests.fuzz.mutation import mutate

SECONDS = 10
BOX = {"_id": "a", "type": "detection", "label": "a", "bbox": [0.2, 0.2, 0.5, 0.5]}
UNKNOWN_ERROR = re.compile(r"The picture cannot be made \((\w+)\)")
Finding = str


def seeds_of(folders: list[Path]) -> list[bytes]:
    """The files of the tests, those of renders among them, and small ones of the given folders."""
    from tests.fuzz.long_run import collect
    from tests.unit.render.test_deep_jpeg import jpeg
    from tests.unit.render.test_tiffs import reflectances
    from tests.unit.render.tiffs import tiff

    of_renders = [
        jpeg([100, 2000]),
        tiff(reflectances(4), predictor=2, tile=16),
        tiff(reflectances(kind="f4"), predictor=3, rows=7, tags=[(42113, 2, b"0\0")]),
        tiff(reflectances(), order=">", is_big=True, is_apart=True),
    ]
    return collect(folders) + of_renders


def facts_of(data: bytes) -> dict[str, Any] | None:
    """The facts of an asset, None for one that the header readers refuse."""
    try:
        return probe(MemorySource(data)).document()
    except ProbeError:
        return None


def guessed(data: bytes) -> dict[str, Any]:
    """Facts for bytes that the header readers refuse: their kind alone."""
    if data[128:132] == b"DICM":
        return {"media_type": "image", "mime_type": "application/dicom"}
    is_video = data[4:8] == b"ftyp" or data[:4] in (b"\x1a\x45\xdf\xa3", b"RIFF", b"OggS") or data[:1] == b"G"
    return {"media_type": "video" if is_video else "image"}


def recipes_of(facts: Mapping[str, Any]) -> Iterator[tuple[Recipe, list[Mapping[str, Any]]]]:
    """The recipes to draw, with their annotations."""
    frame = int(facts.get("frame_count") or 1) - 1
    yield Recipe("rendition", "thumbnail", 64, "webp"), []
    if facts.get("media_type") == "video":
        yield Recipe("strip", "strip", 32, "webp"), []
    if facts.get("format") == "dicom" and facts.get("colour_space") == "gray":
        yield Recipe("values", "values", 64, "png"), []
    if facts.get("width"):
        shown = frame if facts.get("media_type") == "video" or frame else None
        yield Recipe("annotated", "annotated", 64, "jpeg", frame=shown), [BOX]
        yield Recipe("crop", "crop", 64, "png", annotation_id="a", frame=shown), [BOX]


def examine(drawings: Drawings, data: bytes, facts: Mapping[str, Any]) -> tuple[list[str], Finding | None]:
    """Draw every recipe; return the outcomes, and the rule that one of them broke."""
    outcomes: list[str] = []
    finding = None
    for recipe, shown in recipes_of(facts):
        job = Drawing({"_id": "x", **facts}, recipe, shown)
        try:
            drawings.draw(job, lambda offset, length: data[offset : offset + length], len(data), cpu_seconds=SECONDS)
            outcomes.append("file")
        except Unrenderable as refused:
            unknown = UNKNOWN_ERROR.search(refused.detail)
            outcomes.append("unknown" if unknown else "refused")
            finding = f"{recipe.kind}: {unknown[1]}" if unknown else finding
        outcome = drawings.last_outcome
        assert outcome is not None
        if outcome.ended_by:
            finding = f"{recipe.kind}: signal {outcome.ended_by}"
        if outcome.peak_bytes > limits.MAX_MEMORY_BYTES + 128 * 1024 * 1024:
            finding = f"{recipe.kind}: {outcome.peak_bytes} bytes"
    return outcomes, finding


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, action="append", default=[], help="more valid files to begin from")
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"))
    parser.add_argument("--unprobed", action="store_true", help="draw what the header readers refuse too")
    options = parser.parse_args()
    seeds, random, drawings = seeds_of(options.folder), Random(options.seed), Drawings()
    outcomes: collections.Counter[str] = collections.Counter()
    findings: collections.Counter[str] = collections.Counter()
    slowest, largest, begin = 0.0, 0, time.perf_counter()
    for _ in range(options.inputs):
        data = mutate(random.choice(seeds), seeds, random)
        facts = facts_of(data) or (guessed(data) if options.unprobed else None)
        if facts is None:
            outcomes["not ready"] += 1
            continue
        drawn, finding = examine(drawings, data, facts)
        outcomes.update(drawn)
        if drawings.last_outcome:
            slowest = max(slowest, drawings.last_outcome.cpu_seconds)
            largest = max(largest, drawings.last_outcome.peak_bytes)
        if finding:
            findings[finding] += 1
            options.found.mkdir(exist_ok=True)
            (options.found / f"{hashlib.sha256(data).hexdigest()[:16]}.bin").write_bytes(data)
    drawings.close()
    report = {
        "inputs": options.inputs,
        "seeds": len(seeds),
        "outcomes": dict(outcomes.most_common()),
        "findings": dict(findings.most_common()),
        "slowest_cpu_seconds": round(slowest, 3),
        "largest_process_bytes": largest,
        "elapsed_seconds": round(time.perf_counter() - begin, 1),
    }
    print(json.dumps(report))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
