"""Commands end in a sentence when MongoDB, AWS or the API is away, and file names are printed harmlessly."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pymongo.errors
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from foveal.aws.errors import AccessDenied, Unreachable
from foveal.cli.failures import exit_code, problem, sentence
from foveal.cli.session import NotOneAssetError
from foveal.cli.text import printable
from foveal.client.errors import APIError, ConfigurationError, DownloadError, NetworkError

SECRET = "s3cr@t"


@pytest.fixture
def nowhere() -> Iterator[int]:
    """A port on which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["recount", "zoo"], "MongoDB does not answer"),
        (["reconcile"], "MongoDB does not answer"),
        (["redrive"], "AWS does not answer (GetQueueAttributes: ConnectionRefusedError)"),
        (["replay", "--from", "2026-10-31T09:00:00", "--to", "2026-10-31T10:00:00"], "AWS cannot be called"),
        (["migrate", "--uri", f"mongodb://ann:{SECRET}@nowhere/"], "The MongoDB URI cannot be used"),
    ],
)
def test_command_ends_in_a_sentence_when_nothing_answers(
    arguments: list[str], said: str, nowhere: int, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{nowhere}"
    names = [f"{name}_{kind}_url" for name in ("ingest", "render") for kind in ("queue", "dead_letter_queue")]
    outputs = {
        "bucket": "b",
        "event_bus": "e",
        "aws_endpoint_url": url,
        "region": "us-east-1",
        "api_url": url,
        **dict.fromkeys(names, f"{url}/q"),
        "mongodb_uri": f"mongodb://127.0.0.1:{nowhere}/?timeoutMS=500",
        "mongodb_database": "d",
        "project": "p",
    }
    (tmp_path / ".foveal").mkdir()
    (tmp_path / ".foveal/outputs.json").write_text(json.dumps(outputs))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    environment |= {"FOVEAL_TOKEN": "t", "AWS_MAX_ATTEMPTS": "1", "HOME": str(tmp_path)}
    program = [sys.executable, "-c", "from foveal.cli import main; main()", *arguments]
    done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1
    assert SECRET not in done.stderr


def test_command_says_what_to_check_when_the_api_does_not_answer(nowhere: int, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    environment |= {"FOVEAL_TOKEN": "t", "FOVEAL_API_URL": f"http://127.0.0.1:{nowhere}", "FOVEAL_PROJECT": "zoo"}
    program = "import random; random.random = lambda: 0.0; from foveal.cli import main; main()"
    for options in ([], ["--json"]):
        command = [sys.executable, "-c", program, "search", "label=car", *options]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (5, "")
        assert "Check FOVEAL_API_URL or --api" in done.stderr
    assert json.loads(done.stderr)["problem"]["code"] == "NetworkError"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (APIError("InvalidRequest", 400, "No.", {}), 2),
        (APIError("HTTP401", 401, "Unauthorized", {}), 3),
        (APIError("AccessDenied", 403, "No.", {}), 3),
        (APIError("NoSuchAsset", 404, "No.", {}), 4),
        (APIError("PreconditionFailed", 412, "No.", {}), 1),
        (APIError("TooManyRequests", 429, "No.", {}), 5),
        (APIError("QuotaExceeded", 429, "No.", {}), 7),
        (APIError("EntityTooLarge", 413, "No.", {}), 7),
        (APIError("HTTP502", 502, "No.", {}), 5),
        (NetworkError("away"), 5),
        (ConfigurationError("Which API?"), 2),
        (NotOneAssetError("no such name", is_absent=True), 4),
        (DownloadError("differs", code="ChecksumMismatch"), 5),
    ],
)
def test_exit_code_follows_the_kind_of_failure(error: Exception, expected: int) -> None:
    assert exit_code(error) == expected
    assert problem(error)["exit_code"] == expected


@pytest.mark.parametrize("arguments", [["ls", "night"], ["ls", "--limit", "0"], ["tag", "a.jpg"], ["search", "{"]])
def test_usage_error_is_one_json_object_when_json_is_asked_for(arguments: list[str], tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    command = [sys.executable, "-c", "from foveal.cli import main; main()", *arguments, "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert json.loads(done.stderr)["problem"]["exit_code"] == 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            AccessDenied("ListObjectVersions", "AccessDenied", 403),
            "AWS refused: ListObjectVersions: AccessDenied (403).",
        ),
        (Unreachable("ListObjectVersions", "ConnectionRefusedError"), "AWS does not answer (ListObjectVersions: "),
        (NoCredentialsError(), "AWS cannot be called: Unable to locate credentials"),
        (ClientError({"Error": {"Code": "X", "Message": "no rule"}}, "DescribeRule"), "AWS refused: An error occurred"),
        (pymongo.errors.OperationFailure("not allowed, full error: {'a': 1}"), "MongoDB refused: not allowed"),
    ],
)
def test_sentence_names_the_service_and_its_reason(error: Exception, said: str) -> None:
    assert (sentence(error) or "").startswith(said)
    assert "full error" not in (sentence(error) or "")


def test_error_of_the_program_itself_has_no_sentence() -> None:
    assert sentence(KeyError("file_name")) is None


def test_printed_file_name_stays_in_its_line_and_has_no_effect_on_a_terminal() -> None:
    assert printable("a\r\nforged\x1b[2J\u202e\u2066.jpg") == r"a\r\nforged\x1b[2J\u202e\u2066.jpg"
    assert printable("Löwe 1 日本.jpg") == "Löwe 1 日本.jpg"
