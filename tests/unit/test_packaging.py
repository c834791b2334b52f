"""The wheel: `pip install foveal` brings the clients and the command line alone."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SERVER_MODULES = (
    "pymongo",
    "boto3",
    "botocore",
    "aws_lambda_powertools",
    "cryptography",
    "aws_cdk",
    "numpy",
    "PIL",
    "av",
)
PACKAGED = ("foveal/", "local/", "infra/", "tools/", "pyproject.toml", "README.md", "LICENSE")
IMPORTS = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
sys.argv = ["foveal", *{arguments}]
from foveal.cli import main
main()
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the packages of a checkout's wheel, as setuptools finds and builds them."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    copied = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(copied, check=True, capture_output=True, text=True).stdout.split("\0"):
        if name.startswith(PACKAGED) and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = "from setuptools import setup; setup()"
    arguments = ["build", "--build-lib", str(folder / "built")]
    subprocess.run([sys.executable, "-c", build, *arguments], cwd=source, check=True, capture_output=True)
    return folder / "built"


def run(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line of the built package where no server dependency can be imported."""
    program = IMPORTS.format(absent=set(SERVER_MODULES), arguments=list(arguments))
    environment = {"PYTHONPATH": str(package), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=package, env=environment, capture_output=True, text=True, check=False
    )


def test_wheel_holds_the_package_and_nothing_of_a_checkout(package: Path) -> None:
    assert [each.name for each in package.iterdir()] == ["foveal"]
    assert (package / "foveal/py.typed").is_file() == (ROOT / "foveal/py.typed").is_file()
    assert (package / "foveal/api/openapi.json").is_file()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["probe", "--help"]])
def test_command_line_starts_when_only_base_dependencies_are_installed(package: Path, arguments: list[str]) -> None:
    done = run(package, *arguments)
    assert (done.returncode, done.stderr) == (0, "")


def test_probe_reads_a_file_when_only_base_dependencies_are_installed(package: Path) -> None:
    done = run(package, "probe", "--json", str(ROOT / "local/samples/rocket.jpg"))
    assert done.returncode == 0, done.stderr
    assert '"width": 640' in done.stdout or '"width":640' in done.stdout


def test_contract_tests_of_consumers_run_when_only_base_dependencies_are_installed(package: Path) -> None:
    statements = "from foveal.events import contract; print(len(contract.deliveries('AssetReady')))"
    program = IMPORTS.format(absent=set(SERVER_MODULES), arguments=[]).partition("sys.argv")[0] + statements
    done = subprocess.run([sys.executable, "-c", program], cwd=package, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "3\n"), done.stderr


def test_command_names_the_extra_when_it_is_not_installed(package: Path) -> None:
    done = run(package, "migrate", "--uri", "mongodb://127.0.0.1/")
    assert done.returncode != 0
    assert "pip install 'foveal[server]'" in done.stderr


def test_package_dependencies_have_the_versions_that_the_checkout_locks() -> None:
    locked = dict(
        re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", (ROOT / "requirements.in").read_text(), re.M)
    )
    stated = [
        *PROJECT["dependencies"],
        *(each for extra in PROJECT["optional-dependencies"].values() for each in extra),
    ]
    assert all(locked[name] == version for name, version in (each.split("==") for each in stated))


def test_version_is_printed_without_the_command_line_library(package: Path) -> None:
    program = "import sys; sys.argv = ['foveal', '--version']; from foveal.cli import main; main()"
    check = "; assert not {'typer', 'rich', 'pydantic', 'httpx2'} & set(sys.modules), sys.modules.keys()"
    done = subprocess.run(
        [sys.executable, "-c", program + check], cwd=package, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "0.1.0\n"), done.stderr


@pytest.mark.parametrize("command", [("cost", "--usage", "small"), ("simulate",)])
def test_prices_and_scenario_are_in_the_package(package: Path, command: tuple[str, ...]) -> None:
    done = run(package, *command, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])
