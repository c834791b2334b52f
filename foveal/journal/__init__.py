"""Journal of the catalog in the bucket: a chain of segments with every change, snapshots, and the rebuild from both.

`recorder` reads the change stream of MongoDB and writes; `chain` reads and verifies; `rebuild` loads an empty database.
"""
