"""Rendering of derivatives: renditions, posters, overlays, annotated copies and crops; each is made once."""
