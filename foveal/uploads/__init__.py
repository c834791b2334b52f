"""Every way in: begin, continue, complete, abort; the bytes go straight to S3, signed for exactly what was declared."""
