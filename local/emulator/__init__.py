"""The server process of the emulator: MiniStack behind an edge, with its state saved."""
