"""Pictures made from assets: renditions, posters, annotated copies, crops; made once and kept for ever."""
