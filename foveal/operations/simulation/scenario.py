"""Scenario: every parameter of the simulation with its source, from scenario.toml and a file over it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HOURS: Final = 24
_SHARES: Final = ("cached_share", "viewed_share", "repeat_share", "noise")
_POSITIVE: Final = (
    *("s3_partitions", "s3_writes_per_second", "events_per_second", "max_concurrency", "first_concurrency"),
    *("account_concurrency", "arrivals_per_function_second", "iops"),
    *("insert_cpu_us", "annotations_per_second", "edges", "url_window_seconds"),
)


class ScenarioError(ValueError):
    """A scenario that cannot be used; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Values and sources of all parameters, by the names of scenario.toml; `hours` are 24 numbers."""

    values: Mapping[str, float]
    hours: tuple[float, ...]
    sources: Mapping[str, str]

    def __post_init__(self) -> None:
        for name, value in self.values.items():
            if not 0 <= value < float("inf") or (name in _POSITIVE and value == 0):
                raise ScenarioError(f"{name} is a number {'above 0' if name in _POSITIVE else 'of 0 or more'}")
            if name in _SHARES and value > 1:
                raise ScenarioError(f"{name} is a share, 0 to 1")
        if len(self.hours) != HOURS or min(self.hours) < 0 or sum(self.hours) <= 0:
            raise ScenarioError(f"hours are {HOURS} numbers of 0 or more, and not all 0")

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def at(self, assets: float) -> "Scenario":
        """Return the scenario with so many assets, and what happens to them in proportion."""
        factor = assets / self["assets"] if self["assets"] else 1.0
        flows = {name: self[name] * factor for name in ("arrivals_per_day", "annotated_per_day", "views_per_day")}
        return self.replaced({"assets": assets, **flows}, f"in proportion to {assets:,.0f} assets")

    def replaced(self, values: Mapping[str, float], source: str) -> "Scenario":
        """Return the scenario with other values. Raises ScenarioError for an unknown name."""
        for name in values:
            if name not in self.values:
                raise ScenarioError(f"unknown parameter {name}; known are {', '.join(sorted(self.values))}")
        sources = {**self.sources, **dict.fromkeys(values, source)}
        return Scenario({**self.values, **values}, self.hours, sources)


def default() -> Scenario:
    """Return the scenario that comes with this version."""
    return _scenario(_read(Path(__file__).parent / "scenario.toml"))


def load(file: Path) -> Scenario:
    """Return the scenario of a file that lies over the default one. Raises ScenarioError where it has faults."""
    base, given = _read(Path(__file__).parent / "scenario.toml"), _read(file)
    unknown = sorted(given.keys() - base.keys())
    if unknown:
        raise ScenarioError(f"{file}: unknown parameter {unknown[0]}; known are {', '.join(sorted(base))}")
    try:
        return _scenario({**base, **given})
    except ScenarioError as error:
        raise ScenarioError(f"{file}: {error}") from None


def _read(file: Path) -> dict[str, tuple[Any, str]]:
    """Return value and source of each parameter of a file."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{file}: {error}") from None
    found = dict[str, tuple[Any, str]]()
    for name, entry in told.items():
        table = entry if isinstance(entry, dict) else {"value": entry}
        if "value" not in table:
            raise ScenarioError(f"{file}: {name} has no value")
        found[name] = (table["value"], str(table.get("source", file.name)))
    return found


def _scenario(parameters: Mapping[str, tuple[Any, str]]) -> Scenario:
    values = dict[str, float]()
    for name, (value, _) in parameters.items():
        if name != "hours":
            values[name] = _number(name, value)
    hours = parameters["hours"][0]
    if not isinstance(hours, list):
        raise ScenarioError(f"hours are {HOURS} numbers of 0 or more, and not all 0")
    sources = {name: source for name, (_, source) in parameters.items()}
    return Scenario(values, tuple(_number("hours", each) for each in hours), sources)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScenarioError(f"{name} is a number")
    return float(value)
