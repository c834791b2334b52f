"""Making of a version: selection of members, splits, pages, root; interrupted anywhere, it goes on."""
