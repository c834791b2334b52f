"""A bucket that a role reads, into a project: found by search, drawn, downloaded; nothing in it is changed."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest

from local.deployment import demo
from tests.e2e.stack import Caller, Stack

PROJECT = f"archive-{secrets.token_hex(3)}"
READERS = ("Worker", "Render", "Downloads")
ACCOUNT = "000000000000"


def foveal(admin: Caller, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `foveal …` as the caller."""
    program = [sys.executable, "-c", "from foveal.cli import main; main()", *arguments]
    own = {
        "FOVEAL_API_URL": admin.stack.values["api_url"],
        "FOVEAL_PROJECT": PROJECT,
        "FOVEAL_TOKEN": admin.token or "",
    }
    return subprocess.run(program, env={**os.environ, **own}, capture_output=True, text=True, check=False)


@contextmanager
def reading(stack: Stack, bucket: dict[str, str], readers: tuple[str, ...] = READERS) -> Iterator[None]:
    """Deploy `imports.buckets` with one bucket: its name to `Jobs` and the readers, which may assume its role."""
    functions, iam = stack.aws("lambda"), stack.aws("iam")
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": bucket["role_arn"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [assume]})
    with ExitStack() as undone:
        for each in functions.list_functions(MaxItems=50)["Functions"]:
            name, variables = each["FunctionName"], each["Environment"]["Variables"]
            if not any(part in name for part in (*readers, "Jobs")):
                continue
            changed = {**variables, "IMPORT_BUCKETS": json.dumps([bucket])}
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
            undone.callback(
                functions.update_function_configuration, FunctionName=name, Environment={"Variables": variables}
            )
            if any(part in name for part in readers):
                role = {"RoleName": each["Role"].rpartition("/")[2], "PolicyName": "imports"}
                iam.put_role_policy(**role, PolicyDocument=document)
                undone.callback(iam.delete_role_policy, **role)
        yield


@pytest.fixture
def admin(stack: Stack) -> Caller:
    return stack.caller(f"{PROJECT}:admin")


@pytest.fixture
def bucket(stack: Stack, admin: Caller) -> dict[str, str]:
    """Make a bucket with media and a role that reads it, with the policies that `foveal bucket policy` prints."""
    name, s3, iam = f"theirs-{secrets.token_hex(4)}", stack.aws("s3"), stack.aws("iam")
    s3.create_bucket(Bucket=name)
    for key, path in (("2024/a b+ü.jpg", "starfish.jpg"), ("2024/rocket.jpg", "rocket.jpg"), ("film.mp4", "earth.mp4")):
        s3.put_object(Bucket=name, Key=key, Body=(demo.SAMPLES / path).read_bytes())
    s3.put_object(Bucket=name, Key="2024/", Body=b"")
    s3.put_object(Bucket=name, Key="notes.txt", Body=b"notes")
    printed = foveal(admin, "bucket", "policy", name, "--account", ACCOUNT, "--role")
    policies = json.loads(printed.stdout)
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policies["trust_policy"]))["Role"]
    permissions = json.dumps(policies["permissions_policy"])
    iam.put_role_policy(RoleName=name, PolicyName="reads", PolicyDocument=permissions)
    return {"bucket": name, "role_arn": role["Arn"]}


def versions(stack: Stack, bucket: str) -> list[tuple[str, str, str]]:
    found = stack.aws("s3").list_objects_v2(Bucket=bucket)["Contents"]
    return [(each["Key"], each["ETag"], str(each["LastModified"])) for each in found]


def test_bucket_of_another_account_becomes_a_project_and_stays_as_it_is(
    stack: Stack, admin: Caller, bucket: dict[str, str]
) -> None:
    before = versions(stack, bucket["bucket"])
    address = f"s3://{bucket['bucket']}"
    refused = foveal(admin, "bucket", "import", address)
    assert (refused.returncode, "imports.buckets" in refused.stderr) == (2, True), refused.stderr
    with reading(stack, bucket):
        summary = _imported(admin, address, "--tags-from-path")
        assert (summary["imported"], summary["read"]) == (3, 3)
        assert summary["refused_by_reason"] == {"folder_key": 1, "unsupported_type": 1}
        assert _imported(admin, address)["unchanged"] == 3
        search = {"filter": {"field": "file_name", "eq": "a b+ü.jpg"}}
        (asset,) = admin.call("POST", f"/v1/projects/{PROJECT}/assets/search", search).json()["items"]
        assert (asset["width"] > 0, asset["attributes"]) == (True, {"source_key": "2024/a b+ü.jpg"})
        (signed,) = _signed(admin, asset["asset_id"])
        assert httpx2.get(signed["url"]).content == (demo.SAMPLES / "starfish.jpg").read_bytes()
        drawn = admin.call("GET", f"/v1/assets/{asset['asset_id']}/content?variant=thumbnail")
        assert drawn.status_code == 302, drawn.text
        assert httpx2.get(drawn.headers["location"]).content[8:12] == b"WEBP"
        gone = admin.call("DELETE", f"/v1/assets/{asset['asset_id']}?permanent=true")
        assert gone.status_code == 202, gone.text
    assert versions(stack, bucket["bucket"]) == before


def test_role_that_may_not_be_assumed_ends_the_import_with_a_sentence(
    stack: Stack, admin: Caller, bucket: dict[str, str]
) -> None:
    wrong = {**bucket, "role_arn": f"arn:aws:iam::{ACCOUNT}:role/there-is-none"}
    with reading(stack, wrong, readers=("Worker",)):
        refused = foveal(admin, "bucket", "import", f"s3://{bucket['bucket']}")
    assert refused.returncode == 2
    assert f"The role for the bucket {bucket['bucket']} cannot be assumed" in refused.stderr


def _imported(admin: Caller, *arguments: str) -> dict[str, Any]:
    done = foveal(admin, "bucket", "import", *arguments, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


def _signed(admin: Caller, asset_id: str) -> list[dict[str, str]]:
    answer = admin.call("POST", f"/v1/projects/{PROJECT}/downloads", {"asset_ids": [asset_id]})
    found: list[dict[str, str]] = answer.json()["downloads"]
    return found
