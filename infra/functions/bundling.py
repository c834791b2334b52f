"""A function's code: its handler, the package `foveal`, its locked dependencies for arm64, and compiled bytecode.

uv resolves wheels of another platform by itself, so no Docker is needed. The asset hash is made from what goes in
(sources, lock, this file), so an unchanged function is neither built nor deployed again, on any machine.
"""

import fnmatch
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

ROOT = Path(__file__).resolve().parents[2]
PYTHON_VERSION = "3.14"
PLATFORM = "aarch64-manylinux_2_28"  # Amazon Linux 2023 has glibc 2.34; manylinux2014 would fall back to old wheels
LAMBDA_MAX_UNZIPPED_MB = 250
MAX_UNZIPPED_MB: dict[str, float] = {"ingest": 40}  # cold starts grow with what is unpacked and imported
UNUSED_MODULES = ("pymongo/pyopenssl_context.py",)
"""Modules that only cost time. pymongo tries pyOpenSSL, which no function has, and imports all of cryptography.x509
before it notices: an eighth of the cold start of `downloads`. Without the file it takes the standard library's ssl."""
COMMAND_LINE_ONLY = ("cli", "client", "operations/cost", "operations/doctor", "operations/simulation")
"""Folders of the package that no function has."""
DATA_FILES = ("foveal/api/openapi.json", "foveal/events/schemas/*.json")
"""Files of the package that its code reads, as patterns whose `*` also matches folders. No others go into a bundle, nor
hidden files: what somebody left in a folder (`.env`, a key, a copy of an editor) may be a secret."""
BUILT_FOLDERS = {"console": ("web/console/dist", "site")}
"""Folders that a build makes and a function carries, by function: where the build leaves them, their name inside."""

Files = list[tuple[Path, Path]]
"""Files of a bundle: where each lies, and its path in the bundle."""


class BundlingError(RuntimeError):
    """A bundle could not be made; the text says what to do."""


@dataclass(frozen=True)
class Bundler:
    """Makes the code asset of each function.

    Without dependencies (`-c local=true`) only sources go in: the local stack's interpreter has the rest.
    """

    dependencies: bool = True
    bytecode: bool = True
    root: Path = ROOT

    def code(self, scope: Construct, name: str) -> lambda_.Code:
        """Return the code of `functions/<name>`, built unless only templates are wanted. Raises BundlingError."""
        folder = self.root / "functions" / name
        stage = cdk.Stage.of(scope)
        is_wanted = stage is not None and cdk.Stack.of(scope).bundling_required
        if is_wanted and self.dependencies and name in BUILT_FOLDERS:
            self._build(name)
        fingerprint = self.fingerprint(name)
        if stage and is_wanted:
            folder = self._built(name, Path(stage.outdir) / "bundles" / f"{name}-{fingerprint[:16]}")
        return lambda_.Code.from_asset(str(folder), asset_hash=fingerprint, asset_hash_type=cdk.AssetHashType.CUSTOM)

    def fingerprint(self, name: str) -> str:
        """Return the hash of everything that decides the bundle's content."""
        digest = hashlib.sha256(f"{PYTHON_VERSION} {PLATFORM} {self.dependencies} {self.bytecode}".encode())
        digest.update(Path(__file__).read_bytes())
        digest.update(self._digest(self._function_files(name)).encode())
        digest.update(self._package_digest.encode())
        digest.update(self.built_digest(name).encode())
        return digest.hexdigest()

    def built_digest(self, name: str) -> str:
        """Return the hash of the built folder that a function carries; of no files before the first build."""
        return self._digest(self._built_files(name))

    def bundle(self, name: str, output: Path) -> None:
        """Write the bundle of a function into a folder. Raises BundlingError."""
        if self.dependencies:
            self._install(self.root / "functions" / name / "requirements.txt", output)
        files = [*self._function_files(name), *self._package_files, *self._built_files(name)]
        for folder in {inside.parent for _, inside in files}:
            (output / folder).mkdir(parents=True, exist_ok=True)
        for source, inside in files:
            shutil.copyfile(source, output / inside)
        if self.dependencies and self.bytecode:
            compile_bytecode(output, PYTHON_VERSION)
        size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file()) / 1e6
        limit = MAX_UNZIPPED_MB.get(name, LAMBDA_MAX_UNZIPPED_MB)
        if size > limit:
            raise BundlingError(f"{name} is {size:.3f} MB unzipped, and may be {limit}; look at its requirements.in")

    def _built(self, name: str, output: Path) -> Path:
        if not output.exists():
            for outdated in output.parent.glob(f"{name}-*"):
                shutil.rmtree(outdated)
            unfinished = output.with_suffix(".unfinished")
            unfinished.mkdir(parents=True)
            self.bundle(name, unfinished)
            unfinished.rename(output)
        return output

    def _function_files(self, name: str) -> Files:
        """Return the modules and the lock of a function."""
        folder = self.root / "functions" / name
        found = _files_of(folder)
        return [(path, inside) for path, inside in found if path.suffix == ".py" or inside == Path("requirements.txt")]

    @cached_property
    def _package_files(self) -> Files:
        """Modules and data files of the package that functions have."""
        folder = self.root / "foveal"
        found = [(path, "foveal" / inside) for path, inside in _files_of(folder, without=COMMAND_LINE_ONLY)]
        return [(path, inside) for path, inside in found if path.suffix == ".py" or _is_data(inside)]

    @cached_property
    def _package_digest(self) -> str:
        """Hash of the package's files, which is part of that of every function."""
        return self._digest(self._package_files)

    def _built_files(self, name: str) -> Files:
        """Return the files of a function's built folder, with their paths in the bundle."""
        if name not in BUILT_FOLDERS:
            return []
        place, inside = BUILT_FOLDERS[name]
        return [(path, inside / relative) for path, relative in _files_of(self.root / place)]

    @staticmethod
    def _digest(files: Files) -> str:
        digest = hashlib.sha256()
        for path, inside in files:
            digest.update(f"\0{inside}\0".encode() + path.read_bytes())
        return digest.hexdigest()

    def _build(self, name: str) -> None:
        """Build what a function carries, unless it is there. Raises BundlingError."""
        _run([sys.executable, "-m", f"tools.{name}"], f"the {name} could not be built", cwd=self.root)

    def _install(self, lock: Path, output: Path) -> None:
        command = [
            *("uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile-bytecode"),
            *("--only-binary", ":all:", "--python-platform", PLATFORM, "--python-version", PYTHON_VERSION),
            *("--link-mode", "copy", "--target", str(output), "--requirement", str(lock)),
        ]
        _run(command, f"the dependencies of {lock.parent.name} could not be installed")
        prune(output)


def _files_of(folder: Path, without: Collection[str] = ()) -> Files:
    """Return the files below a folder in a fixed order, with their paths below it; hidden ones are left out."""
    found: Files = []
    for place, folders, files in os.walk(folder):
        inside = Path(place).relative_to(folder)
        folders[:] = [each for each in folders if not each.startswith(".") and str(inside / each) not in without]
        found += [(Path(place, each), inside / each) for each in files if not each.startswith(".")]
    return sorted(found)


def _is_data(path: Path) -> bool:
    return any(fnmatch.fnmatchcase(path.as_posix(), pattern) for pattern in DATA_FILES)


def prune(folder: Path) -> None:
    """Delete from installed dependencies all that a function never uses or that differs between machines."""
    shutil.rmtree(folder / "bin", ignore_errors=True)  # its scripts name this machine's interpreter
    for record in folder.glob("*.dist-info/RECORD"):
        record.unlink()
    for tests in [path for path in folder.rglob("tests") if path.is_dir()]:
        shutil.rmtree(tests)
    for name in (".lock", *UNUSED_MODULES):
        (folder / name).unlink(missing_ok=True)


def compile_bytecode(folder: Path, python_version: str) -> None:
    """Compile every module below a folder, so that a cold start compiles nothing.

    Unchecked hashes make the bytecode depend on the source alone, never on its time. Raises BundlingError.
    """
    program = "import compileall, py_compile, sys; " + (
        "sys.exit(not compileall.compile_dir(sys.argv[1], quiet=2, force=True, stripdir=sys.argv[1], "
        "prependdir='/var/task', invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH))"
    )
    _run(
        ["uv", "run", "--quiet", "--no-project", "--python", python_version, "python", "-c", program, str(folder)],
        f"bytecode needs Python {python_version}: `uv python install {python_version}`, or pass -c bytecode=false",
    )


def _run(command: list[str], trouble: str, cwd: Path | None = None) -> None:
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "NO_COLOR": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    finished = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=cwd)
    if finished.returncode:
        raise BundlingError(f"{trouble}\n{finished.stderr.strip()}")
