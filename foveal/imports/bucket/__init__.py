"""Import of a bucket that exists: rows of a report or of a listing become assets, without moving a byte."""
