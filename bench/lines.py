"""Lines that benchmarks print: one JSON object each, `{"name", "ours", "peer", "unit", "ratio", "goal"}`.

`ratio` says how many times better ours is than the peer, whether more or less of the unit is better, so that a line
has met its goal when `ratio >= goal`. All else that a benchmark has to tell goes to standard error.
"""

import json
import sys
from typing import Literal

Better = Literal["more", "less"]


def compare(name: str, ours: float, peer: float, unit: str, *, better: Better, goal: float = 1) -> None:
    """Print how ours compares with a peer that was measured in the same run.

    `goal` is the least ratio that the product promises; 1 where it only promises to be no worse. Raises
    ZeroDivisionError for a divisor of 0: nothing was measured.
    """
    ratio = ours / peer if better == "more" else peer / ours
    line = {"name": name, "ours": _rounded(ours), "peer": _rounded(peer), "unit": unit}
    print(json.dumps(line | {"ratio": _rounded(ratio), "goal": goal}, ensure_ascii=False), flush=True)


def compare_with_limit(name: str, ours: float, limit: float, unit: str, *, better: Better) -> None:
    """Print how ours compares with an absolute limit of the requirements, which stands in the peer's place."""
    compare(f"{name}, against its limit", ours, limit, unit, better=better)


def note(text: str) -> None:
    """Print a sentence to standard error: a figure without a peer, or why a comparison is left out."""
    print(text, file=sys.stderr, flush=True)


def _rounded(number: float) -> float:
    """Return a number with four significant digits."""
    return float(f"{number:.4g}")
