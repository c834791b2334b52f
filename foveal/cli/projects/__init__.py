"""Commands for a project as a whole: saved views, uploads, what changes."""
