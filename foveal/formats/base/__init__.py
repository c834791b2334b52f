"""Modules that all label formats share: their model (`model`), access to files (`files`), geometry (`geometry`)."""
