"""Headers of coded streams: bit reader, codec names, picture and audio parameters."""
