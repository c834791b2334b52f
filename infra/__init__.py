"""The CDK stack of one stage: storage, delivery, API, ingest, events, monitoring."""
