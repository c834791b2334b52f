"""A device with credentials of its own creates objects below its prefix, and can do nothing else."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.instance import ACCOUNT, REGION
from tests.e2e.stack import PHOTO, Caller, Stack, eventually

PART_BYTES = 5 * 1024 * 1024


@pytest.fixture(scope="module")
def role_arn(stack: Stack) -> Iterator[str]:
    """A role of devices, as docs/deploy.md makes it."""
    iam, name = stack.aws("iam"), f"devices-{secrets.token_hex(4)}"
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    outputs = stack.aws("cloudformation").describe_stacks(StackName="Foveal-dev")["Stacks"][0]["Outputs"]
    policy = next(each["OutputValue"] for each in outputs if each["OutputKey"] == "DevicesPolicyArn")
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    yield arn
    iam.detach_role_policy(RoleName=name, PolicyArn=policy)
    iam.delete_role(RoleName=name)


def session(stack: Stack, role_arn: str, **tags: str) -> dict[str, Any]:
    """Return the credentials of a device, as a broker issues them."""
    pairs = [{"Key": f"foveal-{name}", "Value": value} for name, value in tags.items()]
    issued: dict[str, Any] = stack.aws("sts").assume_role(RoleArn=role_arn, RoleSessionName="device", Tags=pairs)
    return dict(issued["Credentials"])


def device(stack: Stack, role_arn: str, **tags: str) -> Any:
    """Return an S3 client with the session of a device."""
    issued = session(stack, role_arn, **tags)
    return boto3.client(
        "s3",
        endpoint_url=stack.instance.aws_url,
        region_name=REGION,
        aws_access_key_id=issued["AccessKeyId"],
        aws_secret_access_key=issued["SecretAccessKey"],
        aws_session_token=issued["SessionToken"],
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def test_device_creates_an_object_below_its_prefix_that_becomes_an_asset(
    stack: Stack, editor: Caller, role_arn: str
) -> None:
    s3, name = device(stack, role_arn, project="demo", device="cam7"), secrets.token_hex(4)
    where = {"Bucket": stack.values["bucket"], "Key": f"media/demo/cam7/{name}.jpg"}
    s3.put_object(**where, Body=PHOTO, ContentType="image/jpeg", IfNoneMatch="*")

    def adopted() -> dict[str, Any] | None:
        items = editor.call("GET", f"/v1/projects/demo/assets?file_name={name}.jpg").json()["items"]
        return next(iter(items), None)

    assert eventually(adopted)["status"] == "ready"
    assert refused(s3.put_object, **where, Body=PHOTO, IfNoneMatch="*") == "PreconditionFailed"


def test_device_cannot_put_without_the_header_that_forbids_overwriting(stack: Stack, role_arn: str) -> None:
    s3 = device(stack, role_arn, project="demo", device="cam7")
    where = {"Bucket": stack.values["bucket"], "Key": f"media/demo/cam7/{secrets.token_hex(4)}.jpg"}
    assert refused(s3.put_object, **where, Body=PHOTO) == "AccessDenied"


def test_device_uploads_in_parts(stack: Stack, role_arn: str) -> None:
    s3 = device(stack, role_arn, project="demo", device="cam7")
    where = {"Bucket": stack.values["bucket"], "Key": f"media/demo/cam7/{secrets.token_hex(4)}.jpg"}
    upload = {**where, "UploadId": s3.create_multipart_upload(**where, ContentType="image/jpeg")["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=1, Body=PHOTO.ljust(PART_BYTES, b"\0"))["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    assert refused(s3.complete_multipart_upload, **upload, MultipartUpload=parts) == "AccessDenied"
    s3.complete_multipart_upload(**upload, MultipartUpload=parts, IfNoneMatch="*")


def test_device_chooses_neither_storage_class_nor_key(stack: Stack, role_arn: str) -> None:
    s3 = device(stack, role_arn, project="demo", device="cam7")
    where = {"Bucket": stack.values["bucket"], "Key": f"media/demo/cam7/{secrets.token_hex(4)}.jpg"}
    put = {**where, "Body": PHOTO, "IfNoneMatch": "*"}
    assert refused(s3.put_object, **put, StorageClass="DEEP_ARCHIVE") == "AccessDenied"
    assert refused(s3.create_multipart_upload, **where, StorageClass="GLACIER") == "AccessDenied"
    s3.put_object(**put, StorageClass="STANDARD")


@pytest.mark.parametrize(
    ("tags", "key"),
    [
        ({"project": "demo", "device": "cam7"}, "media/demo/cam8/a.jpg"),
        ({"project": "demo", "device": "cam7"}, "media/other/cam7/a.jpg"),
        ({"project": "demo", "device": "cam7"}, "derived/demo/cam7/a.jpg"),
        ({"project": "demo"}, "media/demo/cam7/a.jpg"),
        ({}, "media/demo/cam7/a.jpg"),
    ],
)
def test_device_cannot_put_outside_its_prefix(stack: Stack, role_arn: str, tags: dict[str, str], key: str) -> None:
    s3 = device(stack, role_arn, **tags)
    code = refused(s3.put_object, Bucket=stack.values["bucket"], Key=key, Body=PHOTO, IfNoneMatch="*")
    assert code == "AccessDenied"


def test_device_cannot_read_list_or_delete(stack: Stack, role_arn: str) -> None:
    s3 = device(stack, role_arn, project="demo", device="cam7")
    where = {"Bucket": stack.values["bucket"], "Key": f"media/demo/cam7/{secrets.token_hex(4)}.jpg"}
    s3.put_object(**where, Body=PHOTO, IfNoneMatch="*")
    assert refused(s3.get_object, **where) == "AccessDenied"
    assert refused(s3.delete_object, **where) == "AccessDenied"
    assert refused(s3.list_objects_v2, Bucket=stack.values["bucket"]) == "AccessDenied"
