"""Round-trip matrix of the label formats (docs/round-trip.md): each format written, read, written as each other one.

`python -m tools.round_trip` measures and writes the page, `--check` fails when the one in the repository is stale.
"""
