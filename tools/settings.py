"""Generator of docs/settings.md.

`python -m tools.settings` writes the page, `--check` fails when the one in the repository is stale.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from infra.config.reference import reference

PAGE: Final = Path(__file__).resolve().parent.parent / "docs/settings.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the page is stale")
    if not parser.parse_args().check:
        PAGE.write_text(reference(), encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != reference():
        sys.exit("docs/settings.md is stale: run `python -m tools.settings`")


if __name__ == "__main__":
    main()
