"""Fixtures of commands about a deployment: the emulated AWS and the catalog of the ingest tests."""

from tests.integration.ingest.conftest import aws, bucket_name, catalog, cloud_url

__all__ = ["aws", "bucket_name", "catalog", "cloud_url"]
