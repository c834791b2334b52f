"""Policies for owners of buckets: read-only, below one prefix, for one account."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from foveal.cli.projects.buckets import app

ACCOUNT = ["--account", "111122223333"]
KEY = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd"


def printed(*arguments: str) -> Any:
    done = CliRunner().invoke(app, ["bucket", "policy", "theirs", *arguments])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def actions(policy: Any) -> set[str]:
    found = (each["Action"] for each in policy["Statement"])
    return {action for each in found for action in ([each] if isinstance(each, str) else each)}


@pytest.mark.parametrize("prefix", ["", "2024/"])
def test_bucket_policy_allows_one_account_to_list_and_read_and_nothing_else(prefix: str) -> None:
    policy = printed(*ACCOUNT, "--prefix", prefix)["bucket_policy"]
    assert actions(policy) == {"s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion"}
    assert {each["Principal"]["AWS"] for each in policy["Statement"]} == {"arn:aws:iam::111122223333:root"}
    assert [each["Resource"] for each in policy["Statement"]] == [
        "arn:aws:s3:::theirs",
        f"arn:aws:s3:::theirs/{prefix}*",
    ]
    assert ("Condition" in policy["Statement"][0]) is bool(prefix)


def test_role_is_trusted_with_its_external_id_and_decrypts_with_its_key() -> None:
    found = printed(*ACCOUNT, "--role", "--external-id", "foveal-prod", "--kms-key-arn", KEY)
    (trust,) = found["trust_policy"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "foveal-prod"}}
    assert actions(found["permissions_policy"]) == {
        "s3:ListBucket",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "kms:Decrypt",
    }


def test_key_of_a_bucket_has_a_statement_for_its_own_policy() -> None:
    assert printed(*ACCOUNT, "--kms-key-arn", KEY)["key_policy_statement"]["Action"] == "kms:Decrypt"


def test_account_that_is_none_is_refused() -> None:
    done = CliRunner().invoke(app, ["bucket", "policy", "theirs", "--account", "12"])
    assert (done.exit_code, "twelve digits" in done.output) == (2, True)
