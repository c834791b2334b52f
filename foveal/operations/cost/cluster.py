"""MongoDB cluster: the smallest Atlas tier and number of shards that hold indexes and data."""

import math
from dataclasses import dataclass
from typing import Final

from foveal.operations.cost.bill import Basis, Quantity
from foveal.operations.cost.workload import HOURS_IN_MONTH, Workload

GIGABYTE: Final = 1e9
INDEX_BYTES_OF_ASSET, DISK_BYTES_OF_ASSET = 2_749.0, 406.0
INDEX_BYTES_OF_ANNOTATION, DISK_BYTES_OF_ANNOTATION = 111.0, 106.0
"""Measured at 1,000,000 assets with 5,000,000 annotations (docs/scale.md)."""
HOT_SHARE: Final = 1 / 3
"""Share of the indexes that is in use at a time, and has to lie in memory; an assumption (docs/scale.md)."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Tier of Atlas on AWS: memory and included disk of a node in GB, virtual CPUs (source: prices/us-east-1.toml)."""

    name: str
    memory: float
    disk: float
    cores: float


TIERS: Final = (
    Tier("M10", 2, 10, 2),
    Tier("M20", 4, 20, 2),
    Tier("M30", 8, 40, 2),
    Tier("M40", 16, 80, 4),
    Tier("M50", 32, 160, 8),
    Tier("M60", 64, 320, 16),
    Tier("M80", 128, 750, 32),
)


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of the catalog on disk: indexes, and data as it is compressed."""

    indexes: float
    data: float
    basis: Basis = "modelled"

    def at(self, factor: float) -> "Size":
        """Return the size at so many times the assets."""
        return Size(self.indexes * factor, self.data * factor, self.basis)


def size_of(workload: Workload) -> Size:
    """Return the size of a catalog by the bytes that were measured for an asset and an annotation."""
    assets, annotations = workload.objects, workload.objects * workload.annotations_per_object
    return Size(
        assets * INDEX_BYTES_OF_ASSET + annotations * INDEX_BYTES_OF_ANNOTATION,
        assets * DISK_BYTES_OF_ASSET + annotations * DISK_BYTES_OF_ANNOTATION,
    )


def quantity(size: Size, *, tier: str | None = None, shards: int | None = None) -> Quantity:
    """Return the hours of a cluster that holds the catalog; a tier or a number of shards that is given is taken.

    Raises ValueError for an unknown tier.
    """
    chosen, count = smallest(size, tier=tier, shards=shards)
    hot, disk = size.indexes * HOT_SHARE / GIGABYTE, (size.indexes + size.data) / GIGABYTE
    formula = (
        f"{count} × {HOURS_IN_MONTH:.0f} h; {hot:,.3g} GB of indexes in use in {chosen.memory:g} GB, "
        f"{disk:,.3g} GB in {chosen.disk:g} GB of disk"
    )
    return Quantity(f"atlas.{chosen.name}", count * HOURS_IN_MONTH, formula, size.basis, grows=False)


def smallest(size: Size, *, tier: str | None = None, shards: int | None = None) -> tuple[Tier, int]:
    """Return the smallest tier that holds the catalog in so many shards (one when not given), and the shards.

    Where none does, it is the largest tier with as many shards as are needed. Raises ValueError for an unknown tier.
    """
    allowed = [each for each in TIERS if tier is None or each.name == tier]
    if not allowed:
        raise ValueError(f"{tier} is not one of {', '.join(each.name for each in TIERS)}")
    chosen = next((each for each in allowed if _needed(size, each) <= (shards or 1)), allowed[-1])
    return chosen, shards or _needed(size, chosen)


def _needed(size: Size, tier: Tier) -> int:
    """Return the number of shards of a tier that hold the indexes in use in memory, and everything on disk."""
    in_memory = size.indexes * HOT_SHARE / (tier.memory * GIGABYTE)
    on_disk = (size.indexes + size.data) / (tier.disk * GIGABYTE)
    return max(1, math.ceil(max(in_memory, on_disk)))
