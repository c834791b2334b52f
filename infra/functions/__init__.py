"""The Lambda functions of a stage: their common defaults, their code, their environment."""
