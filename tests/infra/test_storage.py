"""The media bucket is private, encrypted, versioned and cheap, in every stage."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.template import Statement, Template, actions, resources

BUCKET = "AWS::S3::Bucket"


def media(template: Template) -> dict[str, Any]:
    return template.named("StorageMedia", BUCKET)


def rules(template: Template) -> dict[str, dict[str, Any]]:
    return {rule["Id"]: rule for rule in media(template)["LifecycleConfiguration"]["Rules"]}


def policy(template: Template) -> list[Statement]:
    found: list[Statement] = template.named("StorageMedia", "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    return found


def test_no_bucket_can_become_public(template: Template) -> None:
    for bucket in template.of_type(BUCKET).values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["PublicAccessBlockConfiguration"].keys() >= {"BlockPublicPolicy", "RestrictPublicBuckets"}
    assert media(template)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_no_policy_allows_anything_to_everybody(template: Template) -> None:
    for name, statement in template.policies():
        if statement["Effect"] == "Allow":
            assert statement.get("Principal") not in ("*", {"AWS": "*"}), name


def test_every_bucket_refuses_plain_http_and_old_tls(template: Template) -> None:
    policies = template.of_type("AWS::S3::BucketPolicy").values()
    assert len(policies) == len(template.of_type(BUCKET))
    for each in policies:
        denied = [s["Condition"] for s in each["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert {"Bool": {"aws:SecureTransport": "false"}} in denied
        assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in denied


def test_signatures_older_than_version_4_are_refused_except_those_of_services(template: Template) -> None:
    (statement,) = (s for s in policy(template) if s.get("Sid") == "OnlySignatureVersion4")
    assert statement["Effect"] == "Deny"
    assert actions(statement) == {"s3:*"}
    assert statement["Condition"] == {
        "StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"},
        "Null": {"s3:signatureversion": "false"},
    }


def test_every_bucket_is_encrypted_and_media_has_versions(template: Template) -> None:
    for bucket in template.of_type(BUCKET).values():
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert media(template)["VersioningConfiguration"] == {"Status": "Enabled"}


def test_media_is_encrypted_with_bucket_keys_when_the_stage_has_a_key(shipped: Callable[[str], Template]) -> None:
    (rule,) = media(shipped("prod"))["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_cors_of_the_bucket_allows_uploads_and_exposes_what_they_need(template: Template) -> None:
    web, console = media(template)["CorsConfiguration"]["CorsRules"]
    assert console["AllowedOrigins"] == ["https://*.cloudfront.net"]
    for rule in (web, console):
        assert "*" not in rule["AllowedOrigins"]
        assert "*" not in rule["AllowedHeaders"]
        assert set(rule["AllowedMethods"]) == {"PUT", "POST", "GET", "HEAD", "DELETE"}
        assert {"content-type", "if-none-match", "x-amz-*"} <= set(rule["AllowedHeaders"])
        needed = {"ETag", "Location", "x-amz-version-id", "x-amz-error-code", "x-amz-checksum-crc64nvme"}
        assert needed <= set(rule["ExposedHeaders"])


def test_cors_of_the_bucket_names_the_console_alone_when_the_cdn_has_a_name_of_its_own(
    changed: Callable[..., Template],
) -> None:
    certificate = "arn:aws:acm:us-east-1:111122223333:certificate/1"
    named = changed("prod", delivery={"domain_name": "media.example.com", "certificate_arn": certificate})
    origins = [rule["AllowedOrigins"] for rule in media(named)["CorsConfiguration"]["CorsRules"]]
    assert origins == [["https://app.example.com"], ["https://media.example.com"]]


@pytest.mark.parametrize("prefix", ["media", "masks", "datasets"])
def test_originals_are_tiered_at_once_and_old_versions_archived_before_they_expire(
    template: Template, prefix: str
) -> None:
    rule = rules(template)[f"{prefix}-tiers"]
    assert rule["Prefix"] == f"{prefix}/"
    assert rule["Transitions"] == [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 0}]
    (archive,) = rule["NoncurrentVersionTransitions"]
    assert archive["StorageClass"] == "GLACIER"
    assert archive["TransitionInDays"] < rule["NoncurrentVersionExpiration"]["NoncurrentDays"]


def test_originals_never_expire(template: Template) -> None:
    for rule in rules(template).values():
        if rule.get("Prefix") not in ("exports/", "derived/"):
            assert not {"ExpirationInDays", "ExpirationDate"} & rule.keys()


def test_incomplete_uploads_are_aborted_and_exports_expire(template: Template) -> None:
    rule = rules(template)["incomplete-multipart-uploads"]
    assert 1 <= rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] <= 7
    assert "Prefix" not in rule or rule["Prefix"] == ""
    assert rules(template)["exports-expire"]["ExpirationInDays"] >= 1


def test_bucket_sends_events_without_a_custom_resource(template: Template) -> None:
    assert media(template)["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert not [name for name in template.resources if "BucketNotification" in name]


def test_quarantined_objects_are_read_neither_by_the_cdn_nor_by_urls_of_s3(template: Template) -> None:
    readers = {
        "QuarantinedIsNotDelivered": {"Service": "cloudfront.amazonaws.com"},
        "QuarantinedIsNotSigned": {"AWS": template.function("downloads")["Role"]},
    }
    for sid, principal in readers.items():
        (statement,) = (s for s in policy(template) if s.get("Sid") == sid)
        assert statement["Effect"] == "Deny"
        assert statement["Principal"] == principal
        assert actions(statement) == {"s3:GetObject", "s3:GetObjectVersion"}
        assert statement["Condition"] == {"StringEquals": {"s3:ExistingObjectTag/foveal-status": "quarantined"}}
        assert resources(statement) == ["<StorageMedia9333CB25.Arn>/*"]


def test_tagging_is_refused_to_everybody_except_ingest(template: Template) -> None:
    (statement,) = (s for s in policy(template) if s.get("Sid") == "OnlyIngestTags")
    role = template.function("ingest")["Role"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": role}}
    assert {"s3:PutObjectTagging", "s3:PutObjectVersionTagging", "s3:DeleteObjectTagging"} <= actions(statement)


def test_media_bucket_of_production_is_retained(shipped: Callable[[str], Template]) -> None:
    (bucket,) = (each for name, each in shipped("prod").resources.items() if name.startswith("StorageMedia9"))
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"


def test_archive_tiers_are_off_unless_the_stage_sets_them(changed: Callable[..., Template], dev: Template) -> None:
    assert "IntelligentTieringConfigurations" not in media(dev)
    asked = changed("dev", storage={"archive_access_after_days": 90, "deep_archive_access_after_days": 180})
    (configuration,) = media(asked)["IntelligentTieringConfigurations"]
    assert configuration["Tierings"] == [
        {"AccessTier": "ARCHIVE_ACCESS", "Days": 90},
        {"AccessTier": "DEEP_ARCHIVE_ACCESS", "Days": 180},
    ]


def test_bucket_has_the_options_of_the_stage(changed: Callable[..., Template]) -> None:
    bucket = media(
        changed(
            "prod",
            storage={
                "transfer_acceleration": True,
                "inventory": "weekly",
                "object_lock": {"mode": "governance", "days": 7},
                "replication": {"bucket_arn": "arn:aws:s3:::replica"},
            },
        )
    )
    assert bucket["AccelerateConfiguration"] == {"AccelerationStatus": "Enabled"}
    assert bucket["ObjectLockConfiguration"]["Rule"] == {"DefaultRetention": {"Days": 7, "Mode": "GOVERNANCE"}}
    (inventory,) = bucket["InventoryConfigurations"]
    assert (inventory["ScheduleFrequency"], inventory["IncludedObjectVersions"]) == ("Weekly", "All")
    replicated = {rule["Filter"]["Prefix"]: rule for rule in bucket["ReplicationConfiguration"]["Rules"]}
    assert replicated.keys() == {"media/", "masks/"}
    assert all(rule["DeleteMarkerReplication"] == {"Status": "Enabled"} for rule in replicated.values())
    assert bucket["LoggingConfiguration"]["LogFilePrefix"] == "s3/"
