"""Videos: opening, frames by number and by instant, and their pictures."""
