"""Routes of uploads: parse, one call into the domain, shape the answer. One file for each kind of client."""
