"""Background processes of the local stack: MongoDB and the emulator."""
