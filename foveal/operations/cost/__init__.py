"""Bill of a deployment: quantities from its template and its use, priced by a list with sources and dates."""
