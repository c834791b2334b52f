"""The guides name files that exist, list every decision record, and keep to the line length."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
MAX_COLUMNS = 120


def test_guides_name_files_that_exist() -> None:
    folders = "foveal|functions|infra|local|tools|tests|bench"
    pattern = re.compile(rf"(?<![\w/.<])(?:{folders})/[\w/-]+\.(?:py|json)\b")
    missing = [
        f"{document.relative_to(ROOT)}: {path}"
        for document in DOCUMENTS
        for path in pattern.findall(document.read_text())
        if not (ROOT / path).exists()
    ]
    assert missing == []


def test_guides_name_modules_that_exist() -> None:
    """A dotted name in code, such as `foveal.objects.keys.export_key`, begins with a module or a package."""
    missing = [
        f"{document.relative_to(ROOT)}: {name}"
        for document in DOCUMENTS
        for name in re.findall(r"`(?:python -m )?((?:foveal|bench|tools)(?:\.\w+)+)", document.read_text())
        if not _is_module(name) and not _is_module(name.rpartition(".")[0])
    ]
    assert missing == []


def test_reliability_guide_names_existing_tests_for_every_fault_that_can_be_shown() -> None:
    text = (ROOT / "docs/reliability.md").read_text()
    rows = re.findall(r"^\| (\d+) \| .+ \| .+ \| (.+) \|$", text, re.MULTILINE)
    assert sorted(int(number) for number, _ in rows) == list(range(1, 47))
    assert [number for number, shown in rows if shown.startswith("not shown")] == ["16", "22"]
    defined = {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert set(re.findall(r"`(test_\w+)`", text)) - defined == set()


def test_relative_links_lead_to_files() -> None:
    missing = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text())
        if not (document.parent / target).exists()
    ]
    assert missing == []


def test_decision_records_are_listed_with_title_and_status() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(
        r"^\| \[(\d{4})\]\((.+?)\) \| (.+) \| (?:accepted|replaced by \[\d{4}\]\(.+\)) \|$",
        (folder / "README.md").read_text(),
        re.MULTILINE,
    )
    records = sorted(folder.glob("0*.md"))
    titles = [path.read_text().splitlines()[0] for path in records]
    assert listed == [
        (path.name[:4], path.name, title.partition(". ")[2]) for path, title in zip(records, titles, strict=True)
    ]


def test_prose_ends_at_120_columns() -> None:
    too_long = [
        f"{document.relative_to(ROOT)}:{number}"
        for document in DOCUMENTS
        for number, line in _prose(document.read_text())
        if len(line) > MAX_COLUMNS
    ]
    assert too_long == []


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines outside code blocks and tables, which cannot be wrapped."""
    is_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code and not line.startswith("|"):
            yield number, line


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").exists()
