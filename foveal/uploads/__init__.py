"""Uploads: begin, continue, complete, abort; the bytes go straight to S3, by requests signed for the declared file."""
