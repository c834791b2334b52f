"""What `bench/cold_start.py` starts, a fresh process each."""
