"""Bills of alternatives for the same workload, by the public prices of prices/alternatives.toml."""

from collections.abc import Mapping
from typing import Final

from foveal.operations.cost import price_list
from foveal.operations.cost.bill import Bill, Quantity, priced
from foveal.operations.cost.workload import GB, Workload

COVERS: Final[Mapping[str, str]] = {
    "Supabase Storage": "storage, delivery, accounts, Postgres; no facts of media, labels or data sets",
    "Cloudflare R2": "storage and delivery alone",
    "Cloudinary": "storage, delivery, renditions; no annotations or data sets",
}
"""Part of the same work that each product does."""


def bills(workload: Workload, prices: price_list.PriceList | None = None) -> dict[str, Bill]:
    """Return the bill of each product by its name, in the order of the list."""
    prices = prices or price_list.built_in("alternatives")
    amounts = _amounts(workload)
    quantities = dict[str, list[Quantity]]()
    for meter, price in prices.items():
        amount, formula = amounts[meter.partition(".")[2]]
        quantities.setdefault(price.service, []).append(Quantity(meter, amount, formula, "modelled"))
    return {service: priced(each, prices) for service, each in quantities.items()}


def _amounts(w: Workload) -> dict[str, tuple[float, str]]:
    stored = w.objects * (w.bytes_per_object + w.rendition_bytes) / GB
    out = w.views * w.bytes_per_view / GB
    writes, drawn = w.new_objects * (1 + w.renditions), w.new_objects * w.renditions
    return {
        "flat": (1, "one"),
        "stored": (stored, f"{w.objects:,.0f} assets with renditions"),
        "out": (out, f"{w.views:,.0f} views"),
        "writes": (writes, f"{w.new_objects:,.0f} new assets × (1 + {w.renditions:g} renditions)"),
        "reads": (w.views, f"{w.views:,.0f} views"),
        "credits": (
            stored + out + drawn / 1_000,
            f"{stored:,.0f} GB stored + {out:,.0f} GB delivered + {drawn:,.0f} renditions / 1,000",
        ),
    }
