"""Write what is generated of `foveal/client`: `python -m tools.client [--check]`."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tools.client import models, operations
from tools.client.unasync import sync_source

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "foveal" / "client"


def generated() -> dict[Path, str]:
    """Return each generated file with its text, formatted."""
    document = json.loads((ROOT / "foveal" / "api" / "openapi.json").read_text())
    stated = [item[method] for item in document["paths"].values() for method in operations.METHODS if method in item]
    used = {name for each in stated if not each["operationId"].startswith(operations.FOR_UPPY)
            for name in models.references(each)}  # fmt: skip
    texts = {CLIENT / "models.py": models.source(document["components"]["schemas"], used)}
    asynchronous = {path: path.read_text() for path in sorted((CLIENT / "_async").glob("*.py"))}
    asynchronous[CLIENT / "_async" / "operations.py"] = operations.source(document)
    texts[CLIENT / "_async" / "operations.py"] = operations.source(document)
    for path, text in asynchronous.items():
        texts[CLIENT / "_sync" / path.name] = sync_source(text)
    return {path: _formatted(path, text) for path, text in texts.items()}


def _formatted(path: Path, text: str) -> str:
    ruff, file = str(Path(sys.executable).with_name("ruff")), ("--quiet", "--stdin-filename", str(path), "-")
    for command in ([ruff, "check", "--fix", "--exit-zero", "--select", "I,F401", *file], [ruff, "format", *file]):
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a file is not what would be written")
    is_check = parser.parse_args().check
    outdated = [path for path, text in generated().items() if not path.exists() or path.read_text() != text]
    if is_check and outdated:
        names = ", ".join(str(path.relative_to(ROOT)) for path in outdated)
        raise SystemExit(f"{names}: not what the OpenAPI document says; run python -m tools.client")
    for path in outdated:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generated()[path])


if __name__ == "__main__":
    main()
