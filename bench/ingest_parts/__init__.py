"""The servers, objects and handlers of bench/ingest.py."""
