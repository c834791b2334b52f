"""Commands for labels: annotations, their history, label schemas, embeddings."""
