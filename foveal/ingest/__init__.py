"""The catalog follows the bucket: S3's events say when to look, the bucket says what is there."""
