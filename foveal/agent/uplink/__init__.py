"""Uplink: sends files that wait, through the API or straight to S3, whenever there is a line."""
