"""ISO base media files: MP4, MOV, fragmented movies, HEIF and AVIF."""
