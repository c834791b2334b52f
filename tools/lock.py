"""Locks each function's dependencies for Lambda: `python -m tools.lock`.

Versions are those of the project's own requirements.in. boto3 and what only it needs are part of Lambda's runtime.
"""

import subprocess
import sys
from pathlib import Path

from infra.functions.bundling import PLATFORM, PYTHON_VERSION, ROOT

IN_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "python-dateutil", "six", "urllib3")


def compile_requirements(folder: Path) -> None:
    """Write `requirements.txt` with hashes beside the `requirements.in` of a function."""
    command = [
        *("uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--only-binary", ":all:"),
        *("--python-platform", PLATFORM, "--python-version", PYTHON_VERSION),
        *("--constraint", str(ROOT / "requirements.in"), "--no-annotate"),
        *(word for name in IN_THE_RUNTIME for word in ("--no-emit-package", name)),
        *("requirements.in", "--output-file", "requirements.txt"),
    ]
    subprocess.run([str(Path(sys.executable).with_name("uv")), *command[1:]], check=True, cwd=folder)


if __name__ == "__main__":
    for requirements in sorted((ROOT / "functions").glob("*/requirements.in")):
        compile_requirements(requirements.parent)
