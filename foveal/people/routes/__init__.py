"""Routes of projects and members."""
