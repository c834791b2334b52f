"""People of a stage with a user pool of its own: projects, their members, and the roles that these hold."""
