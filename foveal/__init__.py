"""Foveal: images and videos into a private bucket, their facts into MongoDB, and out again by signed URL."""

__version__ = "0.1.0"
