"""Label files into a project and out of it, against FiftyOne on the same MongoDB."""
