"""Files of the console in their bucket: media types, lifetimes in caches, files of earlier builds."""
