"""Report of a simulation: a day, closed formulas and the bill of a month, as plain numbers."""

from dataclasses import dataclass
from typing import Any, Final

from foveal.operations.cost import cluster
from foveal.operations.cost.bill import Bill, priced
from foveal.operations.cost.deployment import Deployment
from foveal.operations.cost.price_list import PriceList
from foveal.operations.cost.workload import DAYS_IN_MONTH, Workload, quantities
from foveal.operations.simulation import formulas
from foveal.operations.simulation.fluid import Day, day
from foveal.operations.simulation.scenario import Scenario

RENDITIONS: Final = 2
RENDITION_BYTES: Final = 150_000
SMALL_SHARE: Final = 0.05
CACHES_IN_MEMORY: Final = 2.0
"""WiredTiger takes half of the memory for its cache."""


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a scenario; see `numbers`."""

    scenario: Scenario
    day: Day
    bill: Bill

    @property
    def bottleneck(self) -> tuple[str, float]:
        """Part that takes the fewest arrivals a second, and how many."""
        limits = formulas.limits(self.scenario)
        name = min(limits, key=lambda each: limits[each])
        return name, limits[name]

    def numbers(self) -> dict[str, Any]:
        """Return everything as JSON values: seconds, rates a second, shares, USD a month."""
        s, queue = self.scenario, self.day.queue
        return {
            "assets": s["assets"],
            "arrivals": self.day.arrivals,
            "queue_age": {"p50": queue.wait(0.5), "p99": queue.wait(0.99), "max": queue.longest_wait},
            "queue_longest": queue.longest,
            "delivery_delay": {"p99": self.day.delivery.wait(0.99), "max": self.day.delivery.longest_wait},
            "upload_delay": {"p99": self.day.uploads.wait(0.99), "max": self.day.uploads.longest_wait},
            "left_at_the_end": self.day.left,
            "annotations_left": self.day.annotations_left,
            "functions": {"mean": self.day.functions.mean, "max": self.day.functions.highest},
            "mongodb": {
                "writes_mean": self.day.writes.mean,
                "writes_max": self.day.writes.highest,
                "load_mean": self.day.load.mean,
                "load_max": self.day.load.highest,
                "inserts_per_shard": formulas.inserts_per_shard(s),
                "index_to_cache": formulas.index_to_cache(s),
                "pages_read": formulas.pages_read(s),
                "import_hours": formulas.import_hours(s),
            },
            "hot_asset": formulas.hot_asset(s),
            "limits": formulas.limits(s),
            "cdn": {"edge_hits": formulas.edge_hits(s), "browser_hits": formulas.browser_hits(s)},
            "usd": {"month": self.bill.total, **self.bill.services},
        }


def simulate(s: Scenario, prices: PriceList, stack: Deployment, *, seed: int = 1) -> Report:
    """Return the report of a scenario: a day of the fluid model, and the bill of a month of such days."""
    s = sized(s)
    size, month = cluster.size_of(workload_of(s)), workload_of(s)
    tier = next((each.name for each in cluster.TIERS if each.memory == CACHES_IN_MEMORY * s["cache_gb"]), None)
    mongodb = cluster.quantity(size, tier=tier, shards=round(s["shards"]))
    return Report(s, day(s, seed=seed), priced([*stack.fixed, *quantities(month, stack), mongodb], prices))


def sized(s: Scenario) -> Scenario:
    """Return the scenario with shards, cache and cores of 0 taken from the cluster that holds its indexes and data."""
    tier, count = cluster.smallest(cluster.size_of(workload_of(s)))
    chosen = {"shards": float(count), "cache_gb": tier.memory / CACHES_IN_MEMORY, "cores": tier.cores / 2}
    text = f"smallest cluster that holds the indexes in use: {count} × {tier.name}; half of the cores for reads"
    return s.replaced({name: value for name, value in chosen.items() if s[name] == 0}, text)


def workload_of(s: Scenario) -> Workload:
    """Return a month of the scenario's days as a workload; views that browsers answer reach nobody."""
    views = s["views_per_day"] * DAYS_IN_MONTH * (1 - formulas.browser_hits(s))
    return Workload(
        objects=s["assets"],
        bytes_per_object=s["bytes_per_object"],
        small_share=SMALL_SHARE,
        new_objects=s["arrivals_per_day"] * DAYS_IN_MONTH,
        rendition_bytes=RENDITION_BYTES,
        renditions=RENDITIONS,
        annotations_per_object=s["annotations_per_asset"],
        annotation_writes=s["annotated_per_day"] * s["annotations_per_asset"] * DAYS_IN_MONTH,
        views=views,
        bytes_per_view=s["bytes_per_view"],
        cdn_hit_ratio=formulas.edge_hits(s),
    )
