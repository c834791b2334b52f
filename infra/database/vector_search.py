"""Similarity search: the engine's name for the catalog function, and its permissions."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.config.sections import Search


class VectorSearch(Construct):
    """The vector engine that the stage chooses. Its index is made by the platform team (docs/catalog.md)."""

    def __init__(self, scope: Construct, id: str, *, search: Search) -> None:
        super().__init__(scope, id)
        self._search = search

    def environment(self) -> dict[str, str]:
        """Return the variables of a function that searches: `exact`, `atlas:<index>` or `s3vectors:<bucket>`."""
        engines = {
            "exact": "exact",
            "atlas": f"atlas:{self._search.atlas_index}",
            "s3-vectors": f"s3vectors:{self._search.s3_vector_bucket}",
        }
        return {"VECTOR_ENGINE": engines[self._search.vector_engine]}

    def grant_search(self, grantee: iam.IGrantable) -> None:
        """Allow to write and query vectors in the indexes of Foveal. Atlas is reached by the database's own roles.

        A query with a filter or with metadata needs GetVectors too (S3 Vectors API reference, "QueryVectors").
        """
        bucket = self._search.s3_vector_bucket
        if not bucket:
            return
        indexes = cdk.Stack.of(self).format_arn(
            service="s3vectors", resource="bucket", resource_name=f"{bucket}/index/foveal-*"
        )
        actions = ["s3vectors:GetVectors", "s3vectors:PutVectors", "s3vectors:QueryVectors"]
        grantee.grant_principal.add_to_principal_policy(iam.PolicyStatement(actions=actions, resources=[indexes]))
        if self._search.s3_vector_kms_key_arn:
            key = kms.Key.from_key_arn(self, "Key", self._search.s3_vector_kms_key_arn)
            key.grant(grantee, "kms:Decrypt", "kms:GenerateDataKey")
