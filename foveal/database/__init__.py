"""MongoDB: the client, every collection with its indexes and validators, migrations, snapshots."""
