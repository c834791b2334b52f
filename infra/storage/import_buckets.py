"""Buckets that projects import from: the functions that read them, and nothing that writes."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from infra.config.sections import ImportBucket, Imports
from infra.functions.function import Function


class ImportBuckets:
    """Read-only access to the buckets of `imports.buckets`, directly or by a role of each."""

    def __init__(self, imports: Imports) -> None:
        self._buckets = tuple(imports.buckets.values())

    def serve(self, *functions: Function) -> None:
        """Name the buckets to functions, without any right to read them."""
        if self._buckets:
            described = [each.model_dump(exclude_none=True, exclude={"kms_key_arn"}) for each in self._buckets]
            for function in functions:
                function.add_environment("IMPORT_BUCKETS", json.dumps(described, sort_keys=True))

    def grant_read(self, *functions: Function) -> None:
        """Allow functions to list the buckets and to read their objects."""
        for function in functions:
            for bucket in self._buckets:
                for statement in _statements(bucket):
                    function.grant_principal.add_to_principal_policy(statement)


def _statements(bucket: ImportBucket) -> list[iam.PolicyStatement]:
    if bucket.role_arn:
        return [iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[bucket.role_arn])]
    arn = f"arn:{cdk.Aws.PARTITION}:s3:::{bucket.bucket}"
    listing = {"StringLike": {"s3:prefix": f"{bucket.prefix}*"}} if bucket.prefix else None
    objects = f"{arn}/{bucket.prefix}*"
    statements = [
        iam.PolicyStatement(actions=["s3:ListBucket"], resources=[arn], conditions=listing),
        iam.PolicyStatement(actions=["s3:GetObject", "s3:GetObjectVersion"], resources=[objects]),
    ]
    if bucket.kms_key_arn:
        statements.append(iam.PolicyStatement(actions=["kms:Decrypt"], resources=[bucket.kms_key_arn]))
    return statements
