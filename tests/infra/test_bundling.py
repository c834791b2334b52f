"""A bundle holds what its function needs and no more, is the same each time, and is named by what goes in."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import aws_cdk as cdk
import pytest

from infra.functions import bundling
from infra.functions.bundling import Bundler, BundlingError

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/requirements.in"))
IN_THE_RUNTIME = {"boto3", "botocore"}
CUSTOM_RESOURCES = {"signing_key", "console"}
MODULES_OF = {
    "aws-lambda-powertools": "aws_lambda_powertools",
    "pillow": "PIL",
    "pymongo": "pymongo",
    "dnspython": "dns",
    "pyyaml": "yaml",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one function and a small package."""
    for name, text in {
        "functions/hello/handler.py": "from foveal import words\n\ndef handler(*_):\n    return words.HELLO\n",
        "functions/hello/requirements.txt": "",
        "foveal/__init__.py": "",
        "foveal/words.py": "HELLO = 'hello'\n",
        "foveal/events/schemas/ready.json": "{}",
        "foveal/cli/__init__.py": "raise RuntimeError('only for people')\n",
        "foveal/__pycache__/words.cpython-311.pyc": "old",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_bundle_has_the_handler_and_the_package_without_the_command_line(project: Path, tmp_path: Path) -> None:
    Bundler(dependencies=False, root=project).bundle("hello", tmp_path / "out")
    assert contents(tmp_path / "out").keys() == {
        *("handler.py", "requirements.txt"),
        *("foveal/__init__.py", "foveal/words.py", "foveal/events/schemas/ready.json"),
    }


STRAY = (
    *("functions/hello/.env", "functions/hello/key.pem", "functions/hello/handler.py~", "functions/hello/.idea/a.py"),
    *(
        "foveal/.env",
        "foveal/.env.py",
        "foveal/events/.aws/credentials",
        "foveal/credentials.json",
        "foveal/words.py.orig",
    ),
    *("functions/hello/credentials.json", "foveal/words.cpython-311-darwin.so", "foveal/api/token.txt"),
)


def test_bundle_has_no_files_that_somebody_left_in_its_folders(project: Path, tmp_path: Path) -> None:
    before = Bundler(root=project).fingerprint("hello")
    for name in STRAY:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("secret")
    Bundler(dependencies=False, root=project).bundle("hello", tmp_path / "out")
    assert b"secret" not in contents(tmp_path / "out").values()
    assert Bundler(root=project).fingerprint("hello") == before


@pytest.mark.parametrize("function", FUNCTIONS)
def test_bundle_has_every_file_of_the_package_that_is_tracked(function: str, tmp_path: Path) -> None:
    Bundler(dependencies=False).bundle(function, tmp_path)
    listed = subprocess.run(["git", "ls-files", "foveal"], cwd=ROOT, capture_output=True, text=True, check=True)
    left_out = tuple(f"foveal/{each}/" for each in bundling.COMMAND_LINE_ONLY)
    tracked = {name for name in listed.stdout.split() if not name.startswith(left_out)}
    assert tracked - contents(tmp_path).keys() == {"foveal/py.typed"}


@pytest.mark.parametrize(
    "change",
    [
        "functions/hello/handler.py",
        "functions/hello/requirements.txt",
        "foveal/words.py",
        "foveal/events/schemas/new.json",
    ],
)
def test_asset_hash_changes_with_every_input(project: Path, change: str) -> None:
    before = Bundler(root=project).fingerprint("hello")
    with (project / change).open("a") as file:
        file.write("# changed")
    assert Bundler(root=project).fingerprint("hello") != before


def test_asset_hash_stays_when_no_input_changed(project: Path) -> None:
    before = Bundler(root=project).fingerprint("hello")
    (project / "foveal/cli/__init__.py").write_text("changed")
    (project / "foveal/__pycache__/words.cpython-311.pyc").write_text("changed")
    (project / "README.md").write_text("changed")
    assert Bundler(root=project).fingerprint("hello") == before


def test_hash_of_a_local_bundle_differs_from_that_of_a_real_one(project: Path) -> None:
    real, local = Bundler(root=project), Bundler(root=project, dependencies=False)
    assert real.fingerprint("hello") != local.fingerprint("hello")


def test_bundle_above_the_size_limit_is_refused(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bundling.MAX_UNZIPPED_MB, "hello", 0.001)
    (project / "foveal/events/schemas/large.json").write_text("0" * 1_001)
    with pytest.raises(BundlingError, match=r"hello is 0\.\d+ MB unzipped, and may be 0\.001"):
        Bundler(dependencies=False, root=project).bundle("hello", tmp_path / "out")


def test_ingest_bundle_has_a_size_limit_of_its_own() -> None:
    assert bundling.MAX_UNZIPPED_MB["ingest"] <= 40


def test_bytecode_has_unchecked_hashes_and_is_reproducible(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for name in ("first", "second"):
        out = tmp_path / name
        Bundler(dependencies=False, root=project).bundle("hello", out)
        bundling.compile_bytecode(out, f"{sys.version_info.major}.{sys.version_info.minor}")
        made.append(contents(out))
    assert made[0] == made[1]
    (compiled,) = (tmp_path / "first/foveal/__pycache__").glob("words.*.pyc")
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01, "hash-based and unchecked (PEP 552)"
    (tmp_path / "first/foveal/words.py").write_text("HELLO = 'changed'\n")
    program = "import handler; print(handler.handler(None, None))"
    told = subprocess.run([sys.executable, "-c", program], cwd=tmp_path / "first", capture_output=True, text=True)
    assert told.stdout.strip() == "hello", told.stderr


def test_error_says_what_to_do_when_there_is_no_interpreter_for_bytecode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    with pytest.raises(BundlingError, match=r"uv python install 3\.99.*-c bytecode=false"):
        bundling.compile_bytecode(tmp_path, "3.99")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_dependency_is_locked_with_a_hash(function: str) -> None:
    lock = (ROOT / "functions" / function / "requirements.txt").read_text()
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert all(re.match(r"[a-z0-9._-]+==\S+ \\\n", entry) and "--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?://", lock)


def locked(function: str) -> dict[str, str]:
    return dict(
        re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / f"functions/{function}/requirements.txt").read_text(), re.M)
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_versions_in_a_bundle_are_those_that_the_tests_use(function: str) -> None:
    tested = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", (ROOT / "requirements.txt").read_text(), re.M))
    different = {name: version for name, version in locked(function).items() if tested.get(name) != version}
    assert not different


@pytest.mark.parametrize("function", FUNCTIONS)
def test_bundle_has_every_module_that_the_function_imports(function: str) -> None:
    """Follow every import, also those inside functions, from the handler through the package."""
    provided = {MODULES_OF.get(name, name.replace("-", "_")) for name in locked(function)} | {"bson", "gridfs"}
    wanted = {
        name for name in imported(ROOT / "functions" / function / "handler.py") if name not in sys.stdlib_module_names
    }
    assert wanted <= provided | IN_THE_RUNTIME


@pytest.mark.parametrize("function", FUNCTIONS)
def test_bundle_has_no_module_that_the_function_never_imports(function: str) -> None:
    asked = re.findall(r"^([a-z0-9-]+)", (ROOT / f"functions/{function}/requirements.in").read_text(), re.M)
    used = imported(ROOT / "functions" / function / "handler.py")
    by_pymongo = {"pymongo-auth-aws"}
    assert {name for name in asked if MODULES_OF.get(name, name.replace("-", "_")) not in used} <= by_pymongo


@pytest.mark.parametrize("function", [each for each in FUNCTIONS if each not in CUSTOM_RESOURCES])
def test_botocore_is_not_imported_by_a_request(function: str) -> None:
    at_start = imported(ROOT / "functions" / function / "handler.py", lazy=False)
    assert not at_start & IN_THE_RUNTIME


def imported(path: Path, *, lazy: bool = True) -> set[str]:
    """Return the top-level names of all modules that a file imports, through the package `foveal`."""
    found: set[str] = set()
    seen: set[Path] = set()
    waiting = [path] if path.exists() else []
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for name in names_of(current, lazy=lazy):
            top = name.partition(".")[0]
            if top == "foveal":
                waiting += files_of(name)
            else:
                found.add(top)
    return found


@cache
def names_of(path: Path, *, lazy: bool) -> tuple[str, ...]:
    return tuple(names_in(ast.parse(path.read_text(encoding="utf-8")), lazy=lazy))


def names_in(tree: ast.AST, *, lazy: bool) -> Iterator[str]:
    """Yield what a module imports; without `lazy` only what it imports when it is imported itself.

    A text that is the name of a module of the package counts as imported: it is run as a program of its own.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and lazy and re.fullmatch(r"foveal(\.\w+)+", str(node.value)):
            yield str(node.value)
        elif lazy or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from names_in(node, lazy=lazy)


def files_of(name: str) -> list[Path]:
    """Return the files that importing a module of the package runs: itself, and each package above it."""
    parts = name.split(".")
    folders = [ROOT.joinpath(*parts[:count], "__init__.py") for count in range(1, len(parts) + 1)]
    return [path for path in (*folders, ROOT.joinpath(*parts).with_suffix(".py")) if path.is_file()]


def test_pruned_dependencies_lack_scripts_records_tests_and_unused_modules(tmp_path: Path) -> None:
    kept = ("pymongo/ssl_context.py", "pymongo-4.dist-info/METADATA")
    dropped = ("bin/tool", "pymongo-4.dist-info/RECORD", "numpy/tests/test_a.py", ".lock", *bundling.UNUSED_MODULES)
    for name in (*kept, *dropped):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    bundling.prune(tmp_path)
    assert contents(tmp_path).keys() == set(kept)


def test_pymongo_speaks_tls_without_the_modules_that_bundles_lack() -> None:
    lacking = [name.removesuffix(".py").replace("/", ".") for name in bundling.UNUSED_MODULES]
    program = (
        f"import sys; sys.modules |= dict.fromkeys({lacking})\n"
        "import pymongo, pymongo.ssl_support, ssl\n"
        "assert pymongo.ssl_support.HAVE_SSL and not pymongo.ssl_support.HAVE_PYSSL\n"
        "client = pymongo.MongoClient('mongodb://127.0.0.1:1/?tls=true', connect=False)\n"
        "assert isinstance(client.options.pool_options._ssl_context, ssl.SSLContext)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.fixture
def console(project: Path) -> Path:
    """The project with a function that carries a built folder; returned is the folder."""
    (project / "functions/console").mkdir()
    (project / "functions/console/handler.py").write_text("")
    (project / "functions/console/requirements.txt").write_text("")
    built = project / "web/console/dist"
    for name in ("index.html", "assets/index.js", ".digest"):
        (built / name).parent.mkdir(parents=True, exist_ok=True)
        (built / name).write_text(name)
    return built


def test_bundle_carries_what_was_built_without_hidden_files(project: Path, console: Path, tmp_path: Path) -> None:
    Bundler(dependencies=False, root=project).bundle("console", tmp_path / "out")
    assert {each for each in contents(tmp_path / "out") if each.startswith("site/")} == {
        *("site/index.html", "site/assets/index.js"),
    }


def test_fingerprint_of_a_function_follows_what_was_built(project: Path, console: Path) -> None:
    bundler = Bundler(dependencies=False, root=project)
    before, other = (bundler.fingerprint("console"), bundler.built_digest("console")), bundler.fingerprint("hello")
    (console / "assets/index.js").write_text("changed")
    after = bundler.fingerprint("console"), bundler.built_digest("console")
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert bundler.fingerprint("hello") == other


def test_console_is_built_before_a_deployment_takes_its_fingerprint(
    project: Path, console: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(_: Bundler, name: str) -> None:
        (console / "assets/index.js").write_text(f"built for {name}")

    monkeypatch.setattr(Bundler, "_build", build)
    monkeypatch.setattr(Bundler, "_install", lambda *_: None)
    stack = cdk.Stack(cdk.App(outdir=str(project / "cdk.out")), "Stack")
    bundler = Bundler(bytecode=False, root=project)
    before = bundler.built_digest("console")
    bundler.code(stack, "console")
    assert bundler.built_digest("console") != before
    (bundle,) = (project / "cdk.out/bundles").iterdir()
    assert (bundle / "site/assets/index.js").read_text() == "built for console"
    assert bundle.name.endswith(bundler.fingerprint("console")[:16])


def test_failed_build_of_the_console_stops_the_deployment(project: Path, console: Path) -> None:
    (project / "tools").mkdir()
    (project / "tools/__init__.py").write_text("")
    (project / "tools/console.py").write_text("raise SystemExit('no such package')")
    stack = cdk.Stack(cdk.App(outdir=str(project / "cdk.out")), "Stack")
    with pytest.raises(BundlingError, match="the console could not be built\nno such package"):
        Bundler(bytecode=False, root=project).code(stack, "console")
