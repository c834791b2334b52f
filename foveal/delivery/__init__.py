"""Private media to those who may see it: signed URLs and cookies, versions, and who was given what."""
