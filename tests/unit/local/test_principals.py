"""Policies of the local stack: the role behind a session, variables, and the conditions of writes."""

import pytest

from local.ministack_patches.iam import expanded_resources, named_resource, role_of, write_conditions


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sts::111122223333:assumed-role/Ingest/session", "arn:aws:iam::111122223333:role/Ingest"),
        ("arn:aws-us-gov:sts::111122223333:assumed-role/a/b/c", "arn:aws-us-gov:iam::111122223333:role/a"),
        ("arn:aws:iam::000000000000:user/uploader", "arn:aws:iam::000000000000:user/uploader"),
        ("arn:aws:iam::000000000000:root", "arn:aws:iam::000000000000:root"),
    ],
)  # fmt: skip
def test_session_is_known_by_the_arn_of_its_role(arn: str, role: str) -> None:
    assert role_of(arn) == role


@pytest.mark.parametrize(
    ("target", "resource"),
    [
        ("AmazonSQS.StartMessageMoveTask", "arn:aws:sqs:eu-west-1:1:dead"),
        ("AmazonSQS.ListMessageMoveTasks", "arn:aws:sqs:eu-west-1:1:dead"),
        ("GraniteServiceVersion20100801.DescribeAlarms", "arn:aws:cloudwatch:eu-west-1:1:alarm:*"),
        ("AmazonSQS.SendMessage", None),
    ],
)
def test_resource_of_a_request_is_the_one_by_which_aws_allows_it(target: str, resource: str | None) -> None:
    body = b'{"SourceArn": "arn:aws:sqs:eu-west-1:1:dead"}'
    assert named_resource({"x-amz-target": target}, body, "eu-west-1", "1") == resource


TAGS = {"aws:PrincipalTag/foveal-project": "zoo", "aws:PrincipalTag/foveal-device": "cam7"}
OWN = "arn:aws:s3:::media/media/${aws:PrincipalTag/foveal-project}/${aws:PrincipalTag/foveal-device}/*"


def test_variables_of_a_resource_become_the_values_of_tags() -> None:
    assert expanded_resources([OWN, "arn:aws:s3:::other"], TAGS.get) == [
        "arn:aws:s3:::media/media/zoo/cam7/*",
        "arn:aws:s3:::other",
    ]


def test_resource_matches_nothing_when_a_tag_is_missing() -> None:
    assert expanded_resources([OWN], {"aws:PrincipalTag/foveal-project": "zoo"}.get) == []


@pytest.mark.parametrize(
    ("query", "headers", "conditions"),
    [
        ({}, {}, {"s3:ObjectCreationOperation": "true"}),
        ({}, {"If-None-Match": "*"}, {"s3:ObjectCreationOperation": "true", "s3:if-none-match": "*"}),
        (
            {},
            {"X-Amz-Storage-Class": "GLACIER"},
            {"s3:ObjectCreationOperation": "true", "s3:x-amz-storage-class": "GLACIER"},
        ),
        ({"uploads": [""]}, {}, {"s3:ObjectCreationOperation": "false"}),
        ({"uploadId": ["u"], "partNumber": ["1"]}, {}, {"s3:ObjectCreationOperation": "false"}),
        ({"uploadId": ["u"]}, {}, {"s3:ObjectCreationOperation": "true"}),
    ],
)
def test_conditions_of_a_write_tell_whether_it_creates_an_object(
    query: dict[str, list[str]], headers: dict[str, str], conditions: dict[str, str]
) -> None:
    assert write_conditions("s3:PutObject", query, headers) == conditions
    assert write_conditions("s3:GetObject", query, headers) == {}
