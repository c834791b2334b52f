"""Deployment of the stack into the emulator, its outputs, the demo user and the sample media."""
