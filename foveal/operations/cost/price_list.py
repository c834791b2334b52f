"""Price list: for each meter its unit, tiers, free part, source and date."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

REGION: Final = "us-east-1"
MAX_AGE_DAYS: Final = 180
UNBOUNDED: Final = float("inf")
_POWERS: Final[Mapping[float, str]] = {1e3: "thousand", 1e6: "million"}
_AN: Final = ("hour", "event", "object", "A", "alarm")


class PriceListError(ValueError):
    """A price list that cannot be used; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Price:
    """Price of a meter in USD.

    Attributes:
        tiers: (upper bound of the month's quantity, price for `per` units), ascending; the last has no bound.
        free: First part of the month's quantity that costs nothing. It takes part of the first tiers.
        unverified: Part of the entry that is from memory; empty where all of it was read in `source`.
        offer: Service code in the AWS Price List; empty where the price is not of AWS.
        usage_type: Usage type of the product there, without the prefix of a region; empty where it is not looked up.
    """

    meter: str
    service: str
    title: str
    unit: str
    tiers: tuple[tuple[float, float], ...]
    source: str
    as_of: date
    per: float = 1
    free: float = 0
    unverified: str = ""
    offer: str = ""
    usage_type: str = ""

    def __post_init__(self) -> None:
        bounds = [bound for bound, _ in self.tiers]
        if not bounds or bounds[-1] != UNBOUNDED or any(low >= high for low, high in pairwise((0.0, *bounds))):
            raise PriceListError(f"{self.meter}: the bounds of tiers ascend, and the last is inf")
        if any(not 0 <= price < UNBOUNDED for _, price in self.tiers):
            raise PriceListError(f"{self.meter}: a price is a number of USD, 0 or more")
        if not 0 < self.per < UNBOUNDED or not 0 <= self.free < UNBOUNDED:
            raise PriceListError(f"{self.meter}: `per` is above 0, `free` is 0 or more")

    def charge(self, quantity: float) -> float:
        """Return the USD of a month's quantity."""
        return self._all(quantity) - self._all(min(quantity, self.free))

    def words(self) -> str:
        """Return the price in words: `0.023 a GB-month to 51,200, then 0.022 to 512,000, then 0.021`."""
        (bound, _), *rest = self.tiers
        text = self._first()
        for next_bound, price in rest:
            text += f" to {bound:,.0f}, then {price:.10g}"
            bound = next_bound
        return text + (f", first {self.free:,.0f} free" if self.free else "")

    def brief(self) -> str:
        """Return the first price in a few words: `1 a million requests, tiered`."""
        return self._first() + (", tiered" if len(self.tiers) > 1 else "")

    def _first(self) -> str:
        price = f"{self.tiers[0][1]:.10g}"
        if self.per == 1:
            return f"{price} an {self.unit}" if self.unit.startswith(_AN) else f"{price} a {self.unit}"
        if self.per in _POWERS:
            return f"{price} a {_POWERS[self.per]} {self.unit}s"
        return f"{price} for {self.per:,.0f} {self.unit}s"

    def _all(self, quantity: float) -> float:
        lower, total = 0.0, 0.0
        for bound, price in self.tiers:
            total += max(0.0, min(quantity, bound) - lower) / self.per * price
            lower = bound
        return total


class PriceList(Mapping[str, Price]):
    """Prices by meter."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = dict(prices)

    def __getitem__(self, meter: str) -> Price:
        try:
            return self._prices[meter]
        except KeyError:
            raise PriceListError(f"no price for {meter}: add it by --prices") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._prices)

    def __len__(self) -> int:
        return len(self._prices)

    def over(self, base: "PriceList") -> "PriceList":
        """Return the base with the entries of this list in place of its own."""
        return PriceList({**base._prices, **self._prices})

    def older_than(self, days: int, today: date) -> list[Price]:
        """Return prices whose record is older than so many days, the oldest first."""
        old = (each for each in self.values() if (today - each.as_of).days > days)
        return sorted(old, key=lambda price: (price.as_of, price.meter))


def built_in(name: str = REGION) -> PriceList:
    """Return the prices that come with this version: of AWS and Atlas, or `alternatives`."""
    return load(Path(__file__).parent / "prices" / f"{name}.toml")


def load(file: Path) -> PriceList:
    """Return the prices of a TOML file (form: prices/us-east-1.toml). Raises PriceListError where it has faults."""
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8")).get("price", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PriceListError(f"{file}: {error}") from None
    if not isinstance(entries, list):
        raise PriceListError(f"{file}: prices are [[price]] tables")
    prices = dict[str, Price]()
    for entry in entries:
        price = _price(file, entry)
        if price.meter in prices:
            raise PriceListError(f"{file}: two entries for {price.meter}")
        prices[price.meter] = price
    return PriceList(prices)


def dump(prices: PriceList) -> str:
    """Return the TOML text that `load` reads."""
    return "\n".join(_entry(each) for each in prices.values())


def with_tiers(price: Price, tiers: tuple[tuple[float, float], ...], source: str, as_of: date) -> Price:
    """Return a price with tiers that were read in a source; free parts stay as unverified as they were."""
    return replace(price, tiers=tiers, source=source, as_of=as_of, unverified="free part" if price.free else "")


_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(("meter", "service", "title", "unit", "source", "unverified", "offer", "usage_type"), str),
    **dict.fromkeys(("per", "free"), (int, float)),
    "tiers": list,
    "as_of": date,
}
_REQUIRED: Final = ("meter", "service", "title", "unit", "tiers", "source", "as_of")


def _price(file: Path, entry: Any) -> Price:
    if not isinstance(entry, dict):
        raise PriceListError(f"{file}: prices are [[price]] tables")
    name = entry.get("meter", "an entry")
    for member in (*entry, *_REQUIRED):
        if member not in _TYPES:
            raise PriceListError(f"{file}: {name} has the unknown member {member}")
        if not isinstance(entry.get(member), _TYPES[member]) or isinstance(entry[member], bool):
            raise PriceListError(f"{file}: {name} needs `{member}`, {_words(_TYPES[member])}")
    try:
        tiers = tuple((float(bound), float(price)) for bound, price in entry["tiers"])
    except (TypeError, ValueError):
        raise PriceListError(f"{file}: {name} needs `tiers`, a list of [upper bound, price]") from None
    try:
        return Price(**{**entry, "tiers": tiers})
    except PriceListError as error:
        raise PriceListError(f"{file}: {error}") from None


def _words(types: type | tuple[type, ...]) -> Literal["a text", "a list", "a date", "a number"]:
    return "a text" if types is str else "a list" if types is list else "a date" if types is date else "a number"


def _entry(price: Price) -> str:
    tiers = ", ".join(f"[{bound!r}, {amount!r}]" for bound, amount in price.tiers)
    texts = {
        name: getattr(price, name)
        for name in ("meter", "service", "title", "unit", "source", "unverified", "offer", "usage_type")
    }
    lines = [f"{name} = {_quoted(text)}" for name, text in texts.items() if text]
    numbers = [f"per = {price.per!r}", f"tiers = [{tiers}]", f"free = {price.free!r}", f"as_of = {price.as_of}"]
    return "\n".join(("[[price]]", *lines, *numbers, ""))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
