"""Merkle tree of a version: lines of members in pages cut by content, their hashes, their store, their differences."""
