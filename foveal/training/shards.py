"""Shards for WebDataset: tar files of samples, written to a folder or streamed when the loader opens them.

`foveal:` URLs name a manifest and a shard of it; nothing is signed before a worker opens one:

    import webdataset
    from foveal.training.shards import register, shard_urls

    register()
    dataset = webdataset.WebDataset(shard_urls("zoo.jsonl", samples_a_shard=1000), shardshuffle=100).decode("pil")
"""

import io
import json
import math
import mimetypes
import tarfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from foveal.client import ConfigurationError, Foveal
from foveal.training.manifest import Manifest, Sample
from foveal.training.reading import SampleReader

SCHEME: Final = "foveal"
DEFAULT_SAMPLES_A_SHARD: Final = 1_000
_RENDITIONS: Final = {b"RIFF": "webp", b"\xff\xd8": "jpg", b"\x89PNG": "png"}
_BLOCK_BYTES: Final = 512  # of a tar file (POSIX.1-2017, pax, "ustar Interchange Format")


def shard_urls(
    manifest: str | Path, *, samples_a_shard: int = DEFAULT_SAMPLES_A_SHARD, variant: str = "original"
) -> list[str]:
    """Return a `foveal:` URL for each shard of a manifest; `register` makes WebDataset open them."""
    if samples_a_shard < 1:
        raise ConfigurationError("samples_a_shard must be at least 1")
    path = Path(manifest).absolute()
    count = math.ceil(len(Manifest(path)) / samples_a_shard)
    options = {"size": samples_a_shard, "variant": variant}
    return [f"{SCHEME}:{quote(str(path))}?{urlencode({'shard': number, **options})}" for number in range(count)]


def register(client: Callable[[], Foveal] = Foveal) -> None:
    """Let WebDataset open `foveal:` URLs. Call it in each process that opens shards; forked workers inherit it."""
    from webdataset.gopen import gopen_schemes

    def opener(url: str, mode: str = "rb", bufsize: int = 8192, **_: Any) -> io.BufferedReader:
        if mode != "rb":
            raise ConfigurationError("foveal: URLs can only be read")
        return io.BufferedReader(_Stream(shard(url, client)), max(bufsize, 1024 * 1024))

    gopen_schemes[SCHEME] = opener


def shard(url: str, client: Callable[[], Foveal] = Foveal) -> Iterator[bytes]:
    """Yield the tar file that a `foveal:` URL names. Raises ConfigurationError for another URL, SampleError."""
    parts = urlsplit(url)
    try:
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        number, size, variant = int(options["shard"]), int(options["size"]), options["variant"]
    except (KeyError, ValueError):
        raise ConfigurationError(f"{url} names no shard: make its address with shard_urls") from None
    manifest = Manifest(unquote(parts.path))
    chosen = range(number * size, min(len(manifest), (number + 1) * size))
    return _tar(manifest, chosen, variant, client)


def write_shards(
    manifest: Manifest,
    folder: str | Path,
    *,
    samples_a_shard: int = DEFAULT_SAMPLES_A_SHARD,
    variant: str = "original",
    client: Callable[[], Foveal] = Foveal,
) -> Generator[Path, None, None]:
    """Write the shards of a manifest into a folder and yield the path of each that is there, whole.

    A shard that exists is kept, so that an interrupted export goes on. Raises SampleError and OSError.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number, url in enumerate(shard_urls(manifest.path, samples_a_shard=samples_a_shard, variant=variant)):
        path = folder / f"shard-{number:06d}.tar"
        if not path.exists():
            draft = path.with_suffix(".part")
            with draft.open("wb") as file:
                for block in shard(url, client):
                    file.write(block)
            draft.replace(path)
        yield path


def _tar(manifest: Manifest, chosen: range, variant: str, client: Callable[[], Foveal]) -> Iterator[bytes]:
    reader = SampleReader(manifest.head["project"], variant, is_pinned=manifest.is_pinned, client=client)
    try:
        for sample, found in reader.read(manifest[index] for index in chosen):
            if not isinstance(found, bytes):
                raise found
            yield from _member(f"{sample.asset_id}.{_suffix(sample, found, variant)}", found)
            facts = {"asset_id": sample.asset_id, "file_name": sample.file_name, **sample.facts}
            yield from _member(f"{sample.asset_id}.json", json.dumps(facts, ensure_ascii=False).encode())
    finally:
        reader.close()
    yield bytes(2 * _BLOCK_BYTES)


def _member(name: str, data: bytes) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    yield info.tobuf(tarfile.USTAR_FORMAT)
    yield data
    yield bytes(-len(data) % _BLOCK_BYTES)


def _suffix(sample: Sample, data: bytes, variant: str) -> str:
    """Return the extension by which WebDataset chooses a decoder: of the type in the bytes, else of the name."""
    if variant != "original":  # renditions have the formats that a stage can be set to (docs/derivatives.md)
        return next((name for start, name in _RENDITIONS.items() if data[: len(start)] == start), "avif")
    guessed = mimetypes.guess_extension(sample.mime_type) or PurePosixPath(sample.file_name).suffix
    return guessed.lstrip(".").lower() or "bin"


class _Stream(io.RawIOBase):
    """Readable file over the blocks of an iterator."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            try:
                self._rest = memoryview(next(self._blocks))
            except StopIteration:
                return 0
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def close(self) -> None:
        closing = getattr(self._blocks, "close", None)
        if closing is not None and not self.closed:
            closing()
        super().close()
