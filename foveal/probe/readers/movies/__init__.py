"""Video containers other than ISO base media files."""
