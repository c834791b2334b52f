"""MongoDB and the vector engine."""
