"""HTTP/1.1 to AWS endpoints: protocol, connections, pools of connections, retries."""
