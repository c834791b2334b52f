"""What earlier versions stored: recorded once for each version, read by every later one."""
