"""PutEvents that takes every entry."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Bus(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment an answer

    def do_POST(self) -> None:
        entries = json.loads(self.rfile.read(int(self.headers["content-length"])))["Entries"]
        body = json.dumps({"FailedEntryCount": 0, "Entries": [{"EventId": "x"} for _ in entries]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        return


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Bus).serve_forever()
