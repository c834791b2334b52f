"""Files of one export: consecutive parts of as much text as one worker writes to a file in its time.

Most exports have one. Each file of several is a data set of its own, with its assets and the classes of all.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from foveal.exports.parts import Part
from foveal.formats.base.model.loss import LossReport

MAX_BYTES: Final = 4 * 2**30
"""Text of the parts of one file: half of the time of a worker by half of the rate of the slowest writer."""
Volume = Mapping[str, Any]
"""Parts of one file: the key of the last `part`, the number of `assets` up to its end, the `bytes` of text."""


def volumes_of(done: Mapping[str, Any]) -> list[Volume]:
    """Return the volumes of what was read; the checkpoint of an earlier version has one without saying so."""
    if "volumes" in done or done.get("part") is None:
        return list(done.get("volumes", ()))
    return [{name: done[name] for name in ("part", "assets", "bytes")}]


def with_part(done: Mapping[str, Any], key: str, part: Part) -> dict[str, Any]:
    """Return how far an export is with one more part."""
    volumes = volumes_of(done)
    volume = {"part": key, "assets": done["assets"] + part.assets, "bytes": part.size_bytes}
    if volumes and volumes[-1]["bytes"] + part.size_bytes <= MAX_BYTES:
        volume["bytes"] += volumes.pop()["bytes"]
    size = done["bytes"] + part.size_bytes
    return {**done, **volume, "bytes": size, "position": part.position, "volumes": [*volumes, volume]}


def name_of(name: str, number: int, count: int) -> str:
    """Return the name of one file: `coco-2.zip` for the second one of several."""
    path = PurePosixPath(name)
    return name if count == 1 else f"{path.stem}-{number + 1}{path.suffix}"


def result_of(format_: str, written: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the result of the job: sums over its files, which are listed where there are several."""
    losses = LossReport()
    for each in written:
        losses.join(LossReport.of(each["losses"]))
    counts = ("size_bytes", "asset_count", "annotation_count", "left_out_count")
    result: dict[str, Any] = {
        "format": format_,
        "key": written[0]["key"],
        **{name: sum(each[name] for each in written) for name in counts},
        "losses": [loss.document() for loss in losses.losses()],
    }
    if len(written) > 1:
        result["files"] = [{name: each[name] for name in ("key", "size_bytes", "asset_count")} for each in written]
    return result
