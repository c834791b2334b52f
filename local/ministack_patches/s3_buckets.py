"""AWS::S3::Bucket: the properties that MiniStack drops (provisioners.py:1476 has CORS, public access, website).

They are put through the same API calls that a PutBucket… request takes, so that a malformed one fails the stack.
"""

from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

Config = Any

USES: Final = {
    "ministack.services.cloudformation.provisioners": ("_S3_BUCKET_CONFIGURATIONS",),
    "ministack.services.s3": (
        *("_put_bucket_lifecycle", "_delete_bucket_lifecycle", "_put_bucket_encryption", "_delete_bucket_encryption"),
        *("_put_bucket_ownership_controls", "_delete_bucket_ownership_controls"),
        *("_put_bucket_tagging", "_delete_bucket_tagging", "_put_bucket_accelerate", "_bucket_accelerate_config"),
    ),
}


def install() -> None:
    from ministack.services import s3
    from ministack.services.cloudformation import provisioners

    def strict(prop: str, put: Any) -> Any:
        def put_or_fail(name: str, body: bytes | None) -> None:
            if body is not None:
                status, _, answer = put(name, body)
                if status >= 300:
                    raise ValueError(f"AWS::S3::Bucket {prop}: {answer!r}")

        return put_or_fail

    def forget_acceleration(name: str) -> None:
        s3._bucket_accelerate_config.pop(name, None)

    configurations = (
        ("LifecycleConfiguration", lifecycle_xml, s3._put_bucket_lifecycle, s3._delete_bucket_lifecycle),
        ("BucketEncryption", encryption_xml, s3._put_bucket_encryption, s3._delete_bucket_encryption),
        ("OwnershipControls", ownership_xml, s3._put_bucket_ownership_controls, s3._delete_bucket_ownership_controls),
        ("Tags", tagging_xml, s3._put_bucket_tagging, s3._delete_bucket_tagging),
        ("AccelerateConfiguration", acceleration_xml, s3._put_bucket_accelerate, forget_acceleration),
    )
    provisioners._S3_BUCKET_CONFIGURATIONS += tuple(
        (prop, to_xml, strict(prop, put), delete) for prop, to_xml, put, delete in configurations
    )


def lifecycle_xml(config: Config) -> bytes:
    """Return the PutBucketLifecycleConfiguration body of a `LifecycleConfiguration` property."""
    root = Element("LifecycleConfiguration")
    for given in config.get("Rules", []):
        rule = SubElement(root, "Rule")
        _texts(rule, ID=given.get("Id"), Status=given["Status"])
        _filter(SubElement(rule, "Filter"), given)
        _group(
            rule,
            "Expiration",
            Days=given.get("ExpirationInDays"),
            Date=given.get("ExpirationDate"),
            ExpiredObjectDeleteMarker="true" if given.get("ExpiredObjectDeleteMarker") else None,
        )
        for each in given.get("Transitions", []):
            days, date = each.get("TransitionInDays"), each.get("TransitionDate")
            _group(rule, "Transition", Days=days, Date=date, StorageClass=each["StorageClass"])
        for each in given.get("NoncurrentVersionTransitions", []):
            _group(
                rule,
                "NoncurrentVersionTransition",
                NoncurrentDays=each["TransitionInDays"],
                StorageClass=each["StorageClass"],
            )
        expiry = given.get("NoncurrentVersionExpiration") or {}
        _group(
            rule,
            "NoncurrentVersionExpiration",
            NoncurrentDays=expiry.get("NoncurrentDays", given.get("NoncurrentVersionExpirationInDays")),
            NewerNoncurrentVersions=expiry.get("NewerNoncurrentVersions"),
        )
        abort = given.get("AbortIncompleteMultipartUpload") or {}
        _group(rule, "AbortIncompleteMultipartUpload", DaysAfterInitiation=abort.get("DaysAfterInitiation"))
    return tostring(root)


def encryption_xml(config: Config) -> bytes | None:
    """Return the PutBucketEncryption body, or None for SSE-KMS with the key of AWS: MiniStack has no aws/s3 key, and
    would refuse every upload (s3.py:857)."""
    root = Element("ServerSideEncryptionConfiguration")
    for given in config.get("ServerSideEncryptionConfiguration", []):
        default = given["ServerSideEncryptionByDefault"]
        if default["SSEAlgorithm"] != "AES256" and not default.get("KMSMasterKeyID"):
            return None
        rule = SubElement(root, "Rule")
        _texts(SubElement(rule, "ApplyServerSideEncryptionByDefault"), **default)
        if "BucketKeyEnabled" in given:
            _texts(rule, BucketKeyEnabled=str(given["BucketKeyEnabled"]).lower())
    return tostring(root)


def ownership_xml(config: Config) -> bytes:
    root = Element("OwnershipControls")
    for given in config.get("Rules", []):
        _texts(SubElement(root, "Rule"), ObjectOwnership=given["ObjectOwnership"])
    return tostring(root)


def tagging_xml(tags: Config) -> bytes:
    root = Element("Tagging")
    tag_set = SubElement(root, "TagSet")
    for tag in tags:
        _texts(SubElement(tag_set, "Tag"), Key=tag["Key"], Value=tag["Value"])
    return tostring(root)


def acceleration_xml(config: Config) -> bytes:
    root = Element("AccelerateConfiguration")
    _texts(root, Status=config["AccelerationStatus"])
    return tostring(root)


def _filter(parent: Element, rule: Config) -> None:
    tags = rule.get("TagFilters", [])
    sizes = {name: rule.get(name) for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan") if rule.get(name)}
    conditions = len(tags) + len(sizes) + bool(rule.get("Prefix"))
    target = SubElement(parent, "And") if conditions > 1 else parent
    if rule.get("Prefix") or not conditions:
        _texts(target, Prefix=rule.get("Prefix", ""))
    for tag in tags:
        _texts(SubElement(target, "Tag"), Key=tag["Key"], Value=tag["Value"])
    _texts(target, **sizes)


def _group(parent: Element, tag: str, **values: Any) -> None:
    """Add an element with its children, unless it would say nothing."""
    if any(value is not None for name, value in values.items() if name != "StorageClass"):
        _texts(SubElement(parent, tag), **values)


def _texts(parent: Element, **values: Any) -> None:
    for name, value in values.items():
        if value is not None:
            SubElement(parent, name).text = str(value)
