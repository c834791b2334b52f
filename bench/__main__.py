"""Every benchmark, one after the other: `python -m bench [--full]`.

Without `--full` each takes sizes with which all of them end within 25 minutes on two cores; with it, the sizes of the
goals (a million assets, objects of a gigabyte), which take hours.
One alone, with its own options: `python -m bench.NAME`.
"""

import argparse
import subprocess
import sys
import time

from bench.lines import note

SMALL: dict[str, list[str]] = {
    "agent_memory": ["--files", "1000"],
    "presign": ["--rounds", "3"],
    "begin": ["--rounds", "3"],
    "cold_start": ["--rounds", "3"],
    "downloads_cold_start": ["--rounds", "3"],
    "cloudfront": ["--urls", "500", "--rounds", "3"],
    "cdn_cache": [],
    "folder_upload": ["--files", "1000", "--gigabytes", "0.5", "--rounds", "2"],
    "training": ["--pictures", "1000"],
    "http_clients": ["--rounds", "2", "--photos", "100"],
    "bucket_import": ["--index", "10000", "--facts", "1000"],
    "ingest": ["--rounds", "2", "--photos", "100", "--assets", "1000", "20000"],
    "cli_start": ["--rounds", "3"],
    "sdk_listing": ["--assets", "20000", "--rounds", "3"],
    "probe": ["--rounds", "3", "--quick"],
    "render": ["--pictures", "8"],
    "coco_scan": ["--images", "11829", "--rounds", "2"],
    "journal": ["--annotated", "1000", "--rounds", "3", "--minutes", "2"],
    "rebuild": ["--assets", "5000", "--runs", "2"],
    "label_files": ["--images", "1000"],
    "label_splices": ["--images", "500"],
    "catalog": ["--samples", "5000", "--assets", "20000"],
    "insert_rate": ["--assets", "20000", "--annotations", "20000", "--annotated", "200", "--step", "10000"],
    "dataset_versions": ["--assets", "20000"],
    "console": ["--seeks", "200"],
    "console.budget": ["--assets", "20000"],
}
"""The options of each benchmark without `--full`; with it they take their defaults."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="the sizes of the goals; hours")
    is_full = parser.parse_args().full
    for name, options in SMALL.items():
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", f"bench.{name}", *([] if is_full else options)], check=True)
        note(f"{name}: {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
