"""HTTP/1.1 to AWS endpoints: protocol, connections, proxies, pools of connections, retries."""
