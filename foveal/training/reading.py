"""Samples' bytes: URLs signed just before they are used, read ahead by threads within a budget of bytes, in order."""

import base64
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from awscrt import checksums

from foveal.client import APIError, ConfigurationError, Foveal, FovealError
from foveal.client.reading import ReadError, read
from foveal.training.cache import DiskCache
from foveal.training.manifest import Sample
from foveal.training.versions import UNVERSIONED

SIGNED_A_CALL: Final = 256
DEFAULT_READ_AHEAD_BYTES: Final = 64 * 1024 * 1024
DEFAULT_THREADS: Final = 8
MAX_TRIES: Final = 5
RENDITION_BYTES: Final = 256 * 1024
"""Assumed size of a rendition, whose size is known once it is read."""

MAX_RENDITION_SECONDS: Final = 120.0
"""How long a rendition that is being made is waited for."""
_ASK_AGAIN_SECONDS: Final = 2.0
_BEING_MADE: Final = "RenditionNotReady"


class SampleError(FovealError):
    """A sample cannot be read: gone, replaced since the manifest was made, damaged, or out of reach."""

    def __init__(self, sample: Sample, reason: str, code: str | None = None) -> None:
        self.sample, self.code = sample, code
        super().__init__(f"{sample.asset_id} ({sample.file_name or 'no name'}): {reason}")


class SampleReader:
    """Reads samples of one project and variant. One for each process, made when it is first used."""

    def __init__(
        self,
        project: str,
        variant: str = "original",
        *,
        is_pinned: bool = False,
        cache: DiskCache | None = None,
        threads: int = DEFAULT_THREADS,
        read_ahead_bytes: int = DEFAULT_READ_AHEAD_BYTES,
        client: Callable[[], Foveal] = Foveal,
    ) -> None:
        """Prepare the connections; with `is_pinned` bytes are read in the listed S3 version, current or not.

        Raises ConfigurationError for a rendition of pinned samples: a data set version pins originals.
        """
        if is_pinned and variant != "original":
            raise ConfigurationError(f"variant={variant}: a data set version pins originals, read those")
        self._project, self._variant, self._cache, self._is_pinned = project, variant, cache, is_pinned
        self._threads, self._budget = threads, read_ahead_bytes
        self._foveal = client()

    def read(self, samples: Iterable[Sample]) -> Iterator[tuple[Sample, bytes | SampleError]]:
        """Yield each sample with its bytes, in the given order, or with the error that stands for them.

        Bytes that are read but not yet yielded stay within the budget, but for one sample that is larger than it.
        """
        waiting: deque[tuple[Sample, int, Future[bytes]]] = deque()
        reserved = 0
        pool = ThreadPoolExecutor(self._threads, "foveal-sample")
        try:
            for sample, url in self._signed(samples):
                size = sample.size_bytes if self._variant == "original" else RENDITION_BYTES
                while waiting and (reserved + size > self._budget or len(waiting) >= SIGNED_A_CALL):
                    first, first_size, result = waiting.popleft()
                    reserved -= first_size
                    yield first, _outcome(first, result)
                waiting.append((sample, size, pool.submit(self._bytes, sample, url)))
                reserved += size
            while waiting:
                first, _, result = waiting.popleft()
                yield first, _outcome(first, result)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Close the connections to the API."""
        self._foveal.close()

    def _signed(self, samples: Iterable[Sample]) -> Iterator[tuple[Sample, str | SampleError]]:
        """Yield each sample with a URL, SIGNED_A_CALL a call, or with the reason why it has none."""
        remaining = iter(samples)
        while batch := list(islice(remaining, SIGNED_A_CALL)):
            yield from zip(batch, self._urls(batch), strict=True)

    def _urls(self, batch: list[Sample]) -> list[str | SampleError]:
        answers = self._foveal.project(self._project).urls((sample.asset_id for sample in batch), variant=self._variant)
        return [
            self._as_listed(sample, answer["url"]) if "url" in answer else _refused(sample, answer["problem"])
            for sample, answer in zip(batch, answers, strict=True)
        ]

    def _as_listed(self, sample: Sample, url: str) -> str | SampleError:
        """Return the URL of the current version if it is the pinned one or none is pinned, else of the pinned one."""
        if not self._is_pinned or sample.version in parse_qs(urlsplit(url).query).get("versionId", ()):
            return url
        try:
            return self._foveal.api.redirect_to_content(sample.asset_id, version_id=sample.version)
        except APIError as error:
            return SampleError(sample, str(error), error.code)

    def _bytes(self, sample: Sample, url: str | SampleError) -> bytes:
        """Return the bytes of a sample (in a thread of the pool). Raises SampleError, FovealError."""
        first = [url]

        def fetch() -> bytes:
            return self._fetched(sample, first)

        if self._cache is None:
            return fetch()
        version = f"null {sample.crc64nvme}" if sample.version == UNVERSIONED else sample.version
        return self._cache.get(f"{sample.asset_id}\0{version}\0{self._variant}", fetch)

    def _fetched(self, sample: Sample, urls: list[str | SampleError]) -> bytes:
        """Return the bytes over the first of the URLs, then over fresh ones: a URL may have expired meanwhile."""
        for tries in range(MAX_TRIES):
            url = urls.pop() if urls else self._made_url(sample)
            if isinstance(url, SampleError):
                if url.code != _BEING_MADE:
                    raise url
                url = self._made_url(sample)
            try:
                data = read(url)
            except ReadError as error:
                if not error.is_temporary and not (error.status == 403 and tries == 0):
                    raise SampleError(sample, str(error)) from error
                reason = str(error)
            else:
                if self._variant != "original" or _is_as_listed(sample, data):
                    return data
                raise SampleError(sample, "its bytes are not those of the manifest: it was replaced, or is damaged")
            if tries:
                time.sleep(random.random() * min(8.0, 0.25 * 2.0**tries))  # noqa: S311  full jitter, no secret
        raise SampleError(sample, f"not read in {MAX_TRIES} tries: {reason}")

    def _made_url(self, sample: Sample) -> str:
        """Return a fresh URL, once the rendition is made. Raises SampleError for every other refusal."""
        deadline = time.monotonic() + MAX_RENDITION_SECONDS
        while True:
            url = self._urls([sample])[0]
            if isinstance(url, str):
                return url
            if url.code != _BEING_MADE or time.monotonic() >= deadline:
                raise url
            time.sleep(_ASK_AGAIN_SECONDS * (0.5 + random.random()))  # noqa: S311  spread, no secret


def _outcome(sample: Sample, result: "Future[bytes]") -> bytes | SampleError:
    try:
        return result.result()
    except SampleError as error:
        return error
    except FovealError as error:  # the API refused to sign, or cannot be reached
        return SampleError(sample, str(error))


def _refused(sample: Sample, problem: Mapping[str, Any]) -> SampleError:
    return SampleError(sample, problem["detail"], problem["code"])


def _is_as_listed(sample: Sample, data: bytes) -> bool:
    if len(data) != sample.size_bytes:
        return False
    if sample.crc64nvme is None:
        return True
    crc: int = checksums.crc64nvme(data)
    return crc.to_bytes(8, "big") == base64.b64decode(sample.crc64nvme)
