"""Fuzzed names of files: each arrives under its name. 3,000 names: `long_run`."""

import os
from collections import Counter
from pathlib import Path

from tests.folder_uploads.names import names, shown
from tests.folder_uploads.running import upload
from tests.folder_uploads.service import Service, served


def check_names(root: Path, state: Path, count: int, seed: int) -> None:
    """Upload files of such names; each is an asset of its own whose `path` and `file_name` are the name."""
    root.mkdir()
    made = names(count, seed)
    for number, name in enumerate(made):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(f"{number}".encode())
    with served(Service()) as service:
        summary, _ = upload(service, root, state / "journal.db")
        again, _ = upload(service, root, state / "other.db")
        items = [each.item for each in service.uploads.values()]
        data = {each.item["attributes"]["path"]: each.data for each in service.uploads.values()}
    assert (summary.done, summary.exit_code) == (count, 0)
    assert (again.skipped, again.exit_code) == (count, 0)
    assert len(items) == count
    assert Counter(item["attributes"]["path"] for item in items) == Counter(map(shown, made))
    assert all(item["file_name"] == item["attributes"]["path"] for item in items)
    unique = {name: count for name, count in Counter(map(shown, made)).items() if count == 1}
    assert all(data[shown(name)] == f"{number}".encode() for number, name in enumerate(made) if shown(name) in unique)


def test_file_of_any_name_arrives_under_its_name(tmp_path: Path) -> None:
    check_names(tmp_path / "photos", tmp_path / "state", 250, seed=4)


def test_name_that_is_only_decomposed_otherwise_is_the_same_place(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    root.mkdir()
    (root / "caf\u00e9.jpg").write_bytes(b"same")
    with served(Service()) as service:
        upload(service, root, tmp_path / "a.db")
        (root / "caf\u00e9.jpg").rename(root / "cafe\u0301.jpg")
        again, _ = upload(service, root, tmp_path / "b.db")
        assert len(service.uploads) == 1
    assert again.exit_code == 0
