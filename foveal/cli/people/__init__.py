"""Commands for people: projects, and the members of one."""
