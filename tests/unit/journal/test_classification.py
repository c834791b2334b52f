"""Every collection is classified, and the guide says the same."""

import re
from pathlib import Path

from foveal.database.schema import COLLECTIONS, JOURNALLED, Recovery

GUIDE = Path(__file__).resolve().parents[3] / "docs/operations.md"


def test_collections_are_listed_in_the_guide_as_they_are_classified() -> None:
    section = GUIDE.read_text().partition("## Journal\n")[2].partition("\n## ")[0]
    kinds = "|".join(each.value for each in Recovery)
    assert re.findall(rf"^\| `(\w+)` \| ({kinds}) \|", section, re.MULTILINE) == [
        (each.name, each.recovery.value) for each in COLLECTIONS
    ]


def test_journal_itself_is_not_journalled() -> None:
    assert "journal" not in JOURNALLED
