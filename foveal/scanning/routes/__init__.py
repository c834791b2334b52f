"""Routes of malware scans."""
