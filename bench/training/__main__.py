"""A training stream against a loader of local files: pictures decoded for each second of CPU.

    python -m bench.training [--pictures 2000] [--rounds 3]

Both decode the same photos to pixels (Pillow), in the same random order. Ours lists and signs over HTTP, reads from an
S3 server and checks every CRC-64/NVME; the peer reads files of a warm page cache. "CPU" is that of the loading process
with all its threads. Prints one JSON object a line.
"""

import argparse
import io
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
from PIL import Image

from bench.lines import compare, note
from bench.servers import ACCESS_KEY_ID, SECRET_ACCESS_KEY, free_port, listening, seaweedfs
from foveal.client import Foveal
from foveal.training import FovealIterableDataset, Manifest

BUCKET = "bench-training"
PHOTO = Path(__file__).parents[2] / "local/samples/rocket.jpg"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-training-") as name, seaweedfs(Path(name)) as s3:
        folder, port = Path(name), free_port()
        photos = make(folder / "photos", chosen.pictures)
        put(s3, photos)
        program = [sys.executable, "-m", "bench.training.api_server", str(port), s3, str(photos)]
        with listening(program, port):
            measure(f"http://127.0.0.1:{port}", folder, photos, chosen.rounds)


def measure(api: str, folder: Path, photos: Path, rounds: int) -> None:
    def client() -> Foveal:
        return Foveal(api, "bench")

    with client() as foveal:
        manifest = Manifest.list(folder / "manifest.jsonl", "bench", foveal=foveal)
    dataset = FovealIterableDataset(manifest, client=client)
    names = sorted(path.name for path in photos.iterdir())
    ours, peer = [], []
    for number in range(rounds):
        dataset.set_epoch(number)
        ours.append(rate(lambda: (sample["data"] for sample in dataset), len(names)))
        random.Random(number).shuffle(names)
        peer.append(rate(lambda: ((photos / name).read_bytes() for name in names), len(names)))
    note(f"pictures a CPU-second: ours {[round(each) for each in ours]}, local files {[round(each) for each in peer]}")
    name = f"{len(names):,} photos of {PHOTO.stat().st_size // 1000} kB, decoded"
    compare(name, statistics.median(ours), statistics.median(peer), "pictures/CPU-s", better="more", goal=0.9)


def rate(pictures: Callable[[], Iterator[bytes]], count: int) -> float:
    """Return how many pictures are decoded in a second of CPU."""
    started, decoded = time.process_time(), 0
    for data in pictures():
        Image.open(io.BytesIO(data)).convert("RGB").load()
        decoded += 1
    if decoded != count:
        raise SystemExit(f"{decoded} of {count} pictures arrived")
    return count / (time.process_time() - started)


def make(folder: Path, count: int) -> Path:
    """Write copies of a photo; a comment makes each of them other bytes (JPEG, B.2.4.5)."""
    folder.mkdir()
    data = PHOTO.read_bytes()
    for number in range(count):
        comment = f"{number:08d}".encode()
        segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        (folder / f"{number:08d}.jpg").write_bytes(data[:2] + segment + data[2:])
    return folder


def put(endpoint: str, photos: Path) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )
    client.create_bucket(Bucket=BUCKET)
    for path in photos.iterdir():
        client.put_object(Bucket=BUCKET, Key=path.name, Body=path.read_bytes())


if __name__ == "__main__":
    main()
