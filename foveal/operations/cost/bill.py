"""Bill: quantities of a month, each with the formula it comes from, and their charges."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from foveal.operations.cost.price_list import Price, PriceList

Basis = Literal["template", "measured", "modelled"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Quantity of a meter in a month.

    Attributes:
        amount: In the unit of the meter's price, for a whole month.
        formula: How the amount was found, with its numbers.
        basis: Its source: resources of the template, metrics and counters, or formulas over the workload.
        grows: Whether it grows with the number of assets.
        so_far: Part of a measured flow that has been used in this month already; None for levels and fixed resources.
        part: Name of a part of the meter's quantity that has a line of its own; empty for the rest.
    """

    meter: str
    amount: float
    formula: str
    basis: Basis
    grows: bool = True
    so_far: float | None = None
    part: str = ""

    def scaled(self, factor: float) -> "Quantity":
        """Return the quantity at so many times the assets."""
        if factor == 1 or not self.grows:
            return self
        formula = f"({self.formula}) × {factor:,.6g}"
        return Quantity(self.meter, self.amount * factor, formula, self.basis, part=self.part)


@dataclass(frozen=True, slots=True)
class Line:
    """Line of a bill: a quantity with its price; a part is charged on top of what the lines before it have used."""

    quantity: Quantity
    price: Price
    usd: float
    usd_so_far: float

    @property
    def title(self) -> str:
        """Title of the price, and of the part."""
        return f"{self.price.title}, {self.quantity.part}" if self.quantity.part else self.price.title


@dataclass(frozen=True, slots=True)
class Bill:
    """Bill of a month. `discount` is a share, and holds for the lines of AWS alone."""

    lines: Sequence[Line]
    discount: float = 0

    @property
    def services(self) -> dict[str, float]:
        """USD of each service before the discount, in the order of the lines."""
        totals = dict[str, float]()
        for line in self.lines:
            totals[line.price.service] = totals.get(line.price.service, 0.0) + line.usd
        return totals

    @property
    def list_total(self) -> float:
        """USD before the discount."""
        return sum(line.usd for line in self.lines)

    @property
    def so_far(self) -> float:
        """USD of the month until now, after the discount."""
        return sum(line.usd_so_far * (1 - self.discount if line.price.offer else 1) for line in self.lines)

    @property
    def saved(self) -> float:
        """USD that the discount takes off."""
        return sum(line.usd for line in self.lines if line.price.offer) * self.discount

    @property
    def total(self) -> float:
        """USD of the month."""
        return self.list_total - self.saved


def priced(quantities: Iterable[Quantity], prices: PriceList, *, discount: float = 0, elapsed: float = 0) -> Bill:
    """Return the bill of quantities in the order of the price list; a meter that several name is charged once.

    Parts of a meter have lines of their own behind its line. Free part and tiers are given once: each line is charged
    what it adds to the lines before it. `elapsed` is the share of the month that is over. Raises PriceListError for a
    meter without a price.
    """
    by_line = dict[tuple[str, str], Quantity]()
    for each in quantities:
        key = each.meter, each.part
        by_line[key] = _sum(by_line[key], each) if key in by_line else each
    for meter, _ in by_line:
        prices[meter]  # the error names it
    lines = [line for meter, price in prices.items() for line in _lines(_of(by_line, meter), price, elapsed)]
    return Bill(_by_service(lines), discount)


def replaced(modelled: Iterable[Quantity], measured: Iterable[Quantity]) -> list[Quantity]:
    """Return modelled quantities, with those of the same meters and parts that were measured in their place."""
    known = {(each.meter, each.part): each for each in measured}
    return [*(each for each in modelled if (each.meter, each.part) not in known), *known.values()]


def _of(by_line: Mapping[tuple[str, str], Quantity], meter: str) -> list[Quantity]:
    """Return the quantities of a meter, parts behind the rest."""
    return [by_line[key] for key in sorted(key for key in by_line if key[0] == meter)]


def _lines(quantities: Sequence[Quantity], price: Price, elapsed: float) -> Iterator[Line]:
    used = used_so_far = 0.0
    for each in quantities:
        usd = price.charge(used + each.amount) - price.charge(used)
        used += each.amount
        if each.so_far is None:
            yield Line(each, price, usd, usd * elapsed)
        else:
            yield Line(each, price, usd, price.charge(used_so_far + each.so_far) - price.charge(used_so_far))
            used_so_far += each.so_far


def _sum(one: Quantity, other: Quantity) -> Quantity:
    amount, formula = one.amount + other.amount, f"{one.formula} + {other.formula}"
    parts = None if one.so_far is None or other.so_far is None else one.so_far + other.so_far
    return Quantity(one.meter, amount, formula, other.basis, one.grows or other.grows, parts, one.part)


def _by_service(lines: Sequence[Line]) -> list[Line]:
    order = list(dict.fromkeys(line.price.service for line in lines))
    return sorted(lines, key=lambda line: order.index(line.price.service))
