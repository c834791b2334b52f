"""Policies by which the owner of a bucket lets a stage read it: of the bucket, or of a role in its account."""

from typing import Any

Policy = dict[str, Any]


def of_bucket(bucket: str, account: str, prefix: str, kms_key_arn: str | None) -> Policy:
    """Return the bucket policy that lets an account's roles read; the stage's own policies name the bucket too."""
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    statements = [{**each, "Principal": principal} for each in _reading(bucket, prefix)]
    shown: Policy = {"bucket_policy": _policy(statements)}
    if kms_key_arn:
        decrypt = {"Sid": "FovealDecrypts", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
        shown["key_policy_statement"] = {**decrypt, "Principal": principal}
    return shown


def of_role(bucket: str, account: str, prefix: str, external_id: str | None, kms_key_arn: str | None) -> Policy:
    """Return the trust policy and the permissions of a role that reads in the name of the stage."""
    trust: Policy = {
        "Sid": "FovealAssumes",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    if external_id:
        trust["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    statements = _reading(bucket, prefix)
    if kms_key_arn:
        decrypt = {"Sid": "FovealDecrypts", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": kms_key_arn}
        statements.append(decrypt)
    return {"trust_policy": _policy([trust]), "permissions_policy": _policy(statements)}


def _reading(bucket: str, prefix: str) -> list[Policy]:
    arn = f"arn:aws:s3:::{bucket}"
    listing: Policy = {"Sid": "FovealLists", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn}
    if prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": f"{prefix}*"}}
    actions = ["s3:GetObject", "s3:GetObjectVersion"]
    return [listing, {"Sid": "FovealReads", "Effect": "Allow", "Action": actions, "Resource": f"{arn}/{prefix}*"}]


def _policy(statements: list[Policy]) -> Policy:
    return {"Version": "2012-10-17", "Statement": statements}
