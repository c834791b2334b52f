"""The catalog: what is known about every asset, and how to find it again."""
