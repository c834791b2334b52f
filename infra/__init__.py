"""The stack of one stage: storage, delivery, API, ingest, events and what watches them."""
