"""Stages of a folder's upload, and what they share."""
