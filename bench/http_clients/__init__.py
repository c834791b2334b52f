"""The servers, workers and clients of bench/http_clients. Each client has the interface of our own connection."""
