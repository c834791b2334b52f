"""Model of label files: items, data sets, losses, answers to questions, and the bounds of the catalog."""
