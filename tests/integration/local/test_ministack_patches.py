"""Patches of the emulator, called through boto3."""

import base64
import hashlib
import http.client
import json
import uuid
from typing import Any
from urllib.parse import unquote_plus

import boto3
import httpx2
import pytest
from awscrt import checksums
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.instance import REGION, Instance
from local.processes import emulator_process

PART = bytes(range(256)) * 20_480  # 5 MiB


@pytest.fixture
def bucket(emulator: Instance) -> str:
    name, s3 = f"b-{uuid.uuid4().hex}", emulator_process.client(emulator, "s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def test_form_is_refused_when_its_bytes_have_another_checksum(emulator: Instance, bucket: str) -> None:
    digest = base64.b64encode(hashlib.sha256(PART).digest()).decode()
    declared = {"x-amz-checksum-sha256": digest}
    form = emulator_process.client(emulator, "s3").generate_presigned_post(bucket, "k", declared, [declared])
    refused = httpx2.post(form["url"], data=form["fields"], files={"file": PART[:-1] + b"!"})
    assert (refused.status_code, "BadDigest" in refused.text) == (400, True)
    assert httpx2.post(form["url"], data=form["fields"], files={"file": PART}).status_code == 204


def test_policy_wildcard_covers_keys_with_line_breaks(emulator: Instance, bucket: str) -> None:
    iam, name = emulator_process.client(emulator, "iam"), f"u-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/media/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="read", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    reader = boto3.client(
        "s3",
        endpoint_url=emulator.aws_url,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    for name in ("media/a\nb", "media/a\n", "masks/a"):
        emulator_process.client(emulator, "s3").put_object(Bucket=bucket, Key=name, Body=b"x")
    assert reader.get_object(Bucket=bucket, Key="media/a\nb")["Body"].read() == b"x"
    assert reader.get_object(Bucket=bucket, Key="media/a\n")["Body"].read() == b"x"
    with pytest.raises(reader.exceptions.ClientError, match="AccessDenied"):
        reader.get_object(Bucket=bucket, Key="masks/a")


def crc64nvme(data: bytes) -> str:
    return base64.b64encode(checksums.crc64nvme(data).to_bytes(8, "big")).decode()


def plain_put(instance: Instance, bucket: str, key: str, body: bytes) -> None:
    """Upload as a browser does: by a presigned URL, without any checksum."""
    url = emulator_process.client(instance, "s3").generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": key}
    )
    connection = http.client.HTTPConnection("127.0.0.1", instance.aws_port)
    connection.request("PUT", url.partition(str(instance.aws_port))[2], body)
    assert connection.getresponse().status == 200
    connection.close()


def test_s3_adds_a_crc64nvme_to_an_upload_that_names_no_checksum(emulator: Instance, bucket: str) -> None:
    plain_put(emulator, bucket, "k", PART)

    head = emulator_process.client(emulator, "s3").head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")

    assert head["ChecksumCRC64NVME"] == crc64nvme(PART)


@pytest.mark.parametrize("named", [{}, {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "FULL_OBJECT"}])
def test_multipart_upload_gets_the_checksum_of_the_whole(
    emulator: Instance, bucket: str, named: dict[str, str]
) -> None:
    s3, bodies = emulator_process.client(emulator, "s3"), [PART, b"the end"]
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k", **named)["UploadId"]
    chosen = {"Bucket": bucket, "Key": "k", "UploadId": upload_id}
    algorithm = {"ChecksumAlgorithm": named["ChecksumAlgorithm"]} if named else {}
    tags = [s3.upload_part(**chosen, PartNumber=n, Body=b, **algorithm)["ETag"] for n, b in enumerate(bodies, 1)]
    parts = {"Parts": [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]}

    completed = s3.complete_multipart_upload(**chosen, MultipartUpload=parts)
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")

    assert completed["ChecksumCRC64NVME"] == head["ChecksumCRC64NVME"] == crc64nvme(b"".join(bodies))
    assert completed["ChecksumType"] == "FULL_OBJECT"


def test_multipart_upload_is_refused_when_the_checksum_of_the_whole_is_wrong(emulator: Instance, bucket: str) -> None:
    s3 = emulator_process.client(emulator, "s3")
    kind = {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "FULL_OBJECT"}
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k", **kind)["UploadId"]
    chosen = {"Bucket": bucket, "Key": "k", "UploadId": upload_id}
    tag = s3.upload_part(**chosen, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC64NVME")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}

    with pytest.raises(s3.exceptions.ClientError) as refused:
        s3.complete_multipart_upload(**chosen, MultipartUpload=parts, ChecksumCRC64NVME=crc64nvme(b"y"))

    assert refused.value.response["Error"]["Code"] == "BadDigest"


@pytest.mark.parametrize("is_current", [True, False])
@pytest.mark.parametrize(("wanted", "expected"), [("bytes=3-6", b"defg"), ("bytes=-2", b"yz"), ("bytes=24-99", b"yz")])
def test_range_of_a_version_is_the_range(
    emulator: Instance, bucket: str, wanted: str, expected: bytes, is_current: bool
) -> None:
    s3 = emulator_process.client(emulator, "s3")
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"abcdefghijklmnopqrstuvwxyz")["VersionId"]
    if not is_current:
        s3.put_object(Bucket=bucket, Key="k", Body=b"newer")

    answer = s3.get_object(Bucket=bucket, Key="k", VersionId=version, Range=wanted)

    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read()) == (206, expected)
    assert answer["ContentRange"].endswith("/26")


@pytest.mark.parametrize("key", ["a b+c.jpg", "a\x01b\x1f", "a\r\nb", "%41&amp;<b>", "日本"])
def test_versions_of_any_key_are_listed_url_encoded(emulator: Instance, bucket: str, key: str) -> None:
    s3 = emulator_process.client(emulator, "s3")
    for data in (b"1", b"2"):
        s3.put_object(Bucket=bucket, Key=key, Body=data)
    page = s3.list_object_versions(Bucket=bucket, EncodingType="url", MaxKeys=1)
    assert page["EncodingType"] == "url"
    assert [unquote_plus(each["Key"]) for each in page["Versions"]] == [key]
    rest = s3.list_object_versions(
        Bucket=bucket,
        EncodingType="url",
        KeyMarker=unquote_plus(page["NextKeyMarker"]),
        VersionIdMarker=page["NextVersionIdMarker"],
    )
    assert len(rest["Versions"]) == 1


def test_range_beyond_the_end_is_refused(emulator: Instance, bucket: str) -> None:
    s3 = emulator_process.client(emulator, "s3")
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"abc")["VersionId"]

    with pytest.raises(s3.exceptions.ClientError) as refused:
        s3.get_object(Bucket=bucket, Key="k", VersionId=version, Range="bytes=3-")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416


def test_dead_letters_go_back_to_their_queue_when_they_are_driven_back(emulator: Instance) -> None:
    sqs = emulator_process.client(emulator, "sqs")

    def queue(**attributes: str) -> tuple[str, str]:
        url = sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex}", Attributes=attributes)["QueueUrl"]
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    dead_url, dead_arn = queue()
    url, _ = queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3}))
    sqs.send_message(QueueUrl=dead_url, MessageBody="poison")

    sqs.start_message_move_task(SourceArn=dead_arn)

    task = sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"][0]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url)["Messages"]] == ["poison"]
    assert "Messages" not in sqs.receive_message(QueueUrl=dead_url)


def deployed(instance: Instance, resources: dict[str, Any], outputs: dict[str, Any]) -> dict[str, str]:
    """Deploy a template and return its outputs; fails with CloudFormation's reason."""
    client, name = emulator_process.client(instance, "cloudformation"), f"s-{uuid.uuid4().hex}"
    template = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}}
    client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    found = client.describe_stacks(StackName=name)["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}


def test_key_group_of_a_template_is_one_of_cloudfront(emulator: Instance) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    public = {"CallerReference": "r", "Name": f"k{uuid.uuid4().hex}", "EncodedKey": pem}
    group = {"Name": f"g{uuid.uuid4().hex}", "Items": [{"Ref": "Key"}]}

    found = deployed(
        emulator,
        {
            "Key": {"Type": "AWS::CloudFront::PublicKey", "Properties": {"PublicKeyConfig": public}},
            "Group": {"Type": "AWS::CloudFront::KeyGroup", "Properties": {"KeyGroupConfig": group}},
        },
        {"Key": {"Ref": "Key"}, "Group": {"Ref": "Group"}},
    )

    stored = emulator_process.client(emulator, "cloudfront").get_key_group(Id=found["Group"])["KeyGroup"]
    assert stored["KeyGroupConfig"]["Items"] == [found["Key"]]


def test_ref_of_a_secret_is_its_arn(emulator: Instance) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {"PasswordLength": 20}}}

    found = deployed(emulator, {"Secret": secret}, {"Ref": {"Ref": "Secret"}})

    assert found["Ref"].startswith("arn:aws:secretsmanager:")
    value = emulator_process.client(emulator, "secretsmanager").get_secret_value(SecretId=found["Ref"])
    assert len(value["SecretString"]) == 20


def test_properties_of_a_bucket_reach_the_bucket(emulator: Instance) -> None:
    properties = {
        "LifecycleConfiguration": {"Rules": [{"Id": "r", "Status": "Enabled", "Prefix": "a/", "ExpirationInDays": 7}]},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "Tags": [{"Key": "stage", "Value": "dev"}],
    }

    name = deployed(emulator, {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}, {"Name": {"Ref": "B"}})[
        "Name"
    ]

    s3 = emulator_process.client(emulator, "s3")
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["Expiration"] == {"Days": 7}
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "stage", "Value": "dev"}]
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert s3.put_object(Bucket=name, Key="k", Body=b"x")["ServerSideEncryption"] == "AES256"


def test_malformed_property_fails_the_stack(emulator: Instance) -> None:
    encryption = {
        "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "ROT13", "KMSMasterKeyID": "k"}}
        ]
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": encryption}}

    with pytest.raises(Exception, match="ROLLBACK_COMPLETE"):
        deployed(emulator, {"B": bucket}, {})


def test_api_and_cdn_answer_503_when_nothing_is_deployed(emulator: Instance) -> None:
    assert not emulator_process.answers(emulator.api_url)
    assert not emulator_process.answers(emulator.cdn_url)
    assert emulator_process.is_healthy(emulator)
