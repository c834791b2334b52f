"""Bucket properties of a template as the bodies of S3's own API."""

from xml.etree.ElementTree import fromstring

from local.ministack_patches import s3_buckets


def test_lifecycle_rule_says_in_xml_what_the_template_says() -> None:
    rule = {
        "Id": "media-tiers",
        "Prefix": "media/",
        "Status": "Enabled",
        "TagFilters": [{"Key": "state", "Value": "a<b"}],
        "Transitions": [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 0}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 365, "NewerNoncurrentVersions": 2},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
    }

    found = fromstring(s3_buckets.lifecycle_xml({"Rules": [rule]})).find("Rule")  # noqa: S314 - our own text

    assert found is not None
    assert found.findtext("Filter/And/Prefix") == "media/"
    assert found.findtext("Filter/And/Tag/Value") == "a<b"
    assert found.findtext("Transition/Days") == "0"
    assert found.findtext("NoncurrentVersionExpiration/NewerNoncurrentVersions") == "2"
    assert found.findtext("AbortIncompleteMultipartUpload/DaysAfterInitiation") == "2"
    assert found.find("Expiration") is None


def test_rule_without_conditions_covers_the_whole_bucket() -> None:
    xml = s3_buckets.lifecycle_xml({"Rules": [{"Status": "Enabled", "ExpiredObjectDeleteMarker": True}]})

    assert b"<Filter><Prefix /></Filter>" in xml
    assert b"<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>" in xml


def test_encryption_with_a_key_of_aws_is_left_out_because_the_emulator_has_none() -> None:
    def rules(**default: str) -> dict[str, object]:
        return {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default}]}

    assert s3_buckets.encryption_xml(rules(SSEAlgorithm="aws:kms")) is None
    assert b"<SSEAlgorithm>AES256" in (s3_buckets.encryption_xml(rules(SSEAlgorithm="AES256")) or b"")
    assert b"<KMSMasterKeyID>arn" in (
        s3_buckets.encryption_xml(rules(SSEAlgorithm="aws:kms", KMSMasterKeyID="arn")) or b""
    )
