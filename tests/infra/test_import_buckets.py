"""Buckets that a stage imports from: named to four functions, read by three, written by none."""

from collections.abc import Callable

import pytest

from foveal.objects.buckets import ImportBucket, import_buckets
from infra import config
from infra.config import ConfigError
from tests.infra.template import Template, actions, resources

ROLE = "arn:aws:iam::444455556666:role/foveal-reads"
OF_ROLE = {"bucket": "theirs", "role_arn": ROLE, "external_id": "foveal-prod", "region": "eu-west-1"}
BUCKETS = {"archive": {"bucket": "archive", "prefix": "2024/"}, "theirs": OF_ROLE}
READERS = ("worker", "render", "downloads")


def test_stage_without_import_buckets_names_none_to_its_functions(template: Template) -> None:
    for name in (*READERS, "jobs"):
        assert "IMPORT_BUCKETS" not in template.environment(name)


@pytest.mark.parametrize("function", READERS)
def test_function_reads_the_buckets_of_the_stage_and_nothing_else_of_them(
    changed: Callable[..., Template], function: str
) -> None:
    template = changed("dev", imports={"buckets": BUCKETS})
    granted = {
        (action, each) for s in template.statements_of(function) for action in actions(s) for each in resources(s)
    }
    of_theirs = {(action, each) for action, each in granted if "archive" in each or each == ROLE}
    archive = "arn:<AWS::Partition>:s3:::archive"
    assert of_theirs == {
        ("s3:ListBucket", archive),
        ("s3:GetObject", f"{archive}/2024/*"),
        ("s3:GetObjectVersion", f"{archive}/2024/*"),
        ("sts:AssumeRole", ROLE),
    }


def test_function_that_begins_imports_knows_the_buckets_and_may_not_read_them(
    changed: Callable[..., Template],
) -> None:
    template = changed("dev", imports={"buckets": BUCKETS})
    found = import_buckets(template.environment("jobs")["IMPORT_BUCKETS"])
    assert found == (
        ImportBucket("archive", "2024/"),
        ImportBucket("theirs", region="eu-west-1", role_arn=ROLE, external_id="foveal-prod"),
    )
    granted = {each for s in template.statements_of("jobs") for each in resources(s)}
    assert not any("archive" in each or each == ROLE for each in granted)


@pytest.mark.parametrize(
    ("bucket", "told"),
    [
        ({"bucket": "Not A Bucket"}, "must look like my-media"),
        ({"bucket": "theirs", "external_id": "foveal"}, "external_id goes with role_arn"),
        ({"bucket": "theirs", "role_arn": "theirs"}, "must look like arn:aws:iam"),
    ],
)
def test_import_bucket_that_cannot_be_read_is_refused(bucket: dict[str, str], told: str) -> None:
    values = {"allowed_origins": ["https://a.example"], "mongodb": {"secret_name": "a"}}
    with pytest.raises(ConfigError, match=told):
        config.parse("test", {**values, "imports": {"buckets": {"theirs": bucket}}})
