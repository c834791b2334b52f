"""HTTP/1.1 for functions and clients: protocol, connections, proxies, pools of connections."""
