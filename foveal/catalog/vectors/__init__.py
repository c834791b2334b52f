"""Embeddings and similarity search: exact, MongoDB Atlas or S3 Vectors."""
