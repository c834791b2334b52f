"""Routes of delivery: parse, one call into the domain, shape the answer. One file for each function."""
