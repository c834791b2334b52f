"""Command line of the matrix: write the page, or check it."""

import argparse
import sys
from pathlib import Path
from typing import Final

from tools.round_trip.matrix import measure
from tools.round_trip.page import page

PAGE: Final = Path(__file__).resolve().parents[2] / "docs/round-trip.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the page is stale")
    parser.add_argument("formats", nargs="*", help="print the tables of these formats alone")
    arguments = parser.parse_args()
    text = page(measure(arguments.formats or None))
    if arguments.formats:
        print(text)
    elif not arguments.check:
        PAGE.write_text(text, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != text:
        sys.exit("docs/round-trip.md is stale: run `python -m tools.round_trip`")


if __name__ == "__main__":
    main()
