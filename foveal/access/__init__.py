"""Access: the caller of a route with its roles, signed tokens for pages and for paths."""
