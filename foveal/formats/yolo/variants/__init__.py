"""Relatives of YOLO's label files: class folders, DOTA text, Ultralytics NDJSON."""
