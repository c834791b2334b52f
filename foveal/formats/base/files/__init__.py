"""Files of label formats: sources and targets, scans of JSON and XML, PNG, numbers as text."""
