"""The guides name files that exist, and list every decision record."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]


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
    """A dotted name in code, such as `foveal.keys.export_key`, begins with a module or a package."""
    missing = [
        f"{document.relative_to(ROOT)}: {name}"
        for document in DOCUMENTS
        for name in re.findall(r"`(?:python -m )?((?:foveal|bench|tools)(?:\.\w+)+)", document.read_text())
        if not _is_module(name) and not _is_module(name.rpartition(".")[0])
    ]
    assert missing == []


def test_relative_links_lead_to_files() -> None:
    missing = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text())
        if not (document.parent / target).exists()
    ]
    assert missing == []


def test_every_decision_record_is_listed_with_its_title_and_status() -> None:
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


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").exists()
