"""A store of masks in memory."""

from typing import Any

from foveal.objects.keys import mask_key


class MemoryMasks:
    """Keeps large members of annotations by key, as `BucketMasks` does in the media bucket."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, project: str, asset_id: str, text: bytes) -> dict[str, Any]:
        key = mask_key(project, asset_id, str(len(self.objects)))
        self.objects[key] = text
        return {"bucket": "media", "key": key, "sha256": "0" * 64, "size_bytes": len(text)}

    def get(self, stored: dict[str, Any]) -> bytes:
        return self.objects[stored["key"]]
