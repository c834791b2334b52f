"""Content of an import that belongs to no asset, as an object of JSON lines: classes, sections, leftover records."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from foveal.aws.s3 import S3
from foveal.formats.base.model.items import Label, NotImported
from foveal.imports.grouping import FileContent


@dataclass(slots=True)
class StoredContent:
    """Classes, sections and leftover records, as they were in the files."""

    labels: list[Label] = field(default_factory=list)
    sections: dict[str, str] = field(default_factory=dict)
    leftovers: list[NotImported] = field(default_factory=list)


def store(bucket: S3, key: str, content: FileContent) -> None:
    """Store the content of the files under a key."""
    lines: list[dict[str, Any]] = [
        *({"label": {**asdict(each), "extra": dict(each.extra)}} for each in content.labels.values()),
        *({"section": [name, record]} for name, record in content.sections.items()),
        *({"leftover": [each.pointer, each.reason, each.record]} for each in content.leftovers),
    ]
    text = "".join(f"{json.dumps(line, ensure_ascii=False, default=str)}\n" for line in lines)
    bucket.put(key, text.encode(), "application/x-ndjson")


def load(bucket: S3, key: str) -> StoredContent:
    """Return the content that is stored under a key. Raises AwsError."""
    return parsed(bucket.get(key).decode().splitlines())


def parsed(lines: Iterable[str]) -> StoredContent:
    """Return the content in JSON lines."""
    found = StoredContent()
    for line in lines:
        match json.loads(line):
            case {"label": members}:
                found.labels.append(Label(**members))
            case {"section": [name, record]}:
                found.sections[name] = record
            case {"leftover": [pointer, reason, record]}:
                found.leftovers.append(NotImported(pointer, reason, record))
    return found
