"""Header readers, one module a format, each with `read(window, facts)`."""
