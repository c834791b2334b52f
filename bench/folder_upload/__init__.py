"""Upload of a folder against s5cmd."""
