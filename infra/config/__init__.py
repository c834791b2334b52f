"""The configuration of a stage: `stages/<stage>.toml`, read and checked before anything is synthesized."""

from infra.config.stage import STAGES, ConfigError, StageConfig, load, parse

__all__ = ["STAGES", "ConfigError", "StageConfig", "load", "parse"]
