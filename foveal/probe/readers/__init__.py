"""Header readers, one module per format, each with `read(window, facts)`."""
