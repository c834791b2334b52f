"""The KMS key of a stage, and secrets with a generated value."""
