"""Writer of WebDataset shards of labels; bytes of images are for `foveal export wds` (docs/decisions/0127)."""

import io
import tarfile
from collections.abc import Iterator
from itertools import chain, groupby
from pathlib import PurePosixPath
from typing import Any

from foveal.formats.base.files.grouping import Groups
from foveal.formats.base.files.json_records import dumps
from foveal.formats.base.files.target import Target
from foveal.formats.base.model.context import Context
from foveal.formats.base.model.dataset import Dataset, LabelledAsset
from foveal.formats.base.model.items import Asset, FormatError, Label
from foveal.formats.base.model.loss import LossReport
from foveal.formats.webdataset.reading import LABELS_NAME, NAME, TEXT_MEMBERS, split_name


def write(dataset: Dataset, target: Target, context: Context, losses: LossReport) -> None:
    """Write `KEY.json` for each asset, whole, and the definitions of labels: a tar archive is one shard.

    With the option `samples_a_shard` the target gets shards as files. Nothing of an annotation is lost.
    """
    given = context.option("samples_a_shard")
    if given is not None and not (given.isascii() and given.isdigit() and 0 < int(given) <= 10**9):
        raise FormatError("wrong_option", f"--option samples_a_shard={given}: must be a number from 1 on.")
    definitions = dumps([_definition(label) for label in dataset.labels()]).encode()
    with Groups() as keys:
        if given is None:
            for name, content in chain([(LABELS_NAME, definitions)], _written(dataset, keys, losses)):
                with target.create(name) as stream:
                    stream.write(content)
            return
        members = enumerate(_written(dataset, keys, losses))
        shards = groupby(members, key=lambda member: member[0] // int(given))
        for number, shard in shards:
            with (
                target.create(f"labels-{number:06d}.tar") as stream,
                tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
            ):
                for name, content in chain([(LABELS_NAME, definitions)], (member for _, member in shard)):
                    info = tarfile.TarInfo(name)
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))


def _written(dataset: Dataset, keys: Groups, losses: LossReport) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the label members of each sample."""
    for labelled in dataset.assets():
        key = _key(labelled.asset, dataset.format, keys)
        losses.written += len(labelled.annotations)
        own = labelled.is_unedited and dataset.format == NAME
        texts = [each for each in labelled.annotations if own and "#" not in each.pointer and each.record is not None]
        if not own or labelled.asset.record is not None or not texts:
            record = labelled.asset.record if own else None
            yield f"{key}.json", (_json(labelled) if record is None else record).encode()
        for each in texts:
            yield f"{key}.{split_name(each.pointer)[1]}", (each.record or "").encode()


def _key(asset: Asset, format_: str | None, keys: Groups) -> str:
    """Return a key of its own for an asset: its path without suffix, dots of the base name replaced."""
    path = PurePosixPath(asset.file_name.replace("\\", "/"))
    parts = [part for part in path.parts if part not in ("/", "..")]
    plain = "/".join([*parts[:-1], (PurePosixPath(parts[-1]).stem if parts else "asset").replace(".", "_")])
    key = asset.external_id if format_ == NAME and isinstance(asset.external_id, str) else plain.replace(":", "_")
    number, found = 1, key
    while found in keys:
        number += 1
        found = f"{key}-{number}"
    keys.add(found)
    return found


def _json(labelled: LabelledAsset) -> str:
    asset = labelled.asset
    facts = {
        "file_name": asset.file_name,
        "labelled": asset.labelled,
        "split": asset.split,
        "width": asset.width,
        "height": asset.height,
        "frame_count": asset.frame_count,
        "extra": dict(asset.extra) or None,
    }
    stated = {name: value for name, value in facts.items() if value is not None}
    return dumps(stated | {"annotations": [each.body for each in labelled.annotations]})


def _definition(label: Label) -> dict[str, Any]:
    members = {
        "name": label.name,
        "external_ids": {name: list(ids) for name, ids in label.external_ids.items()} or None,
        **{name: getattr(label, name) for name in (*TEXT_MEMBERS, "isthing")},
        "attributes": [dict(each) for each in label.attributes] or None,
        "skeleton": dict(label.skeleton) if label.skeleton else None,
    }
    return {name: value for name, value in members.items() if value is not None}
