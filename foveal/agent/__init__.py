"""Device agent: takes files over from folders, keeps them through power cuts, and uploads them when there is a line."""
