"""Derivatives: recipes, names and resolution, shared by delivery and render."""
