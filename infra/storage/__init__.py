"""The media bucket and its lifecycle rules."""
