"""What the agent's test pods run: a server that says who it is, or a command that ends."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

READY_FILE = Path(os.environ.get("READY_FILE", "/nonexistent"))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        ok = self.path != "/readyz" or READY_FILE.exists()
        body = json.dumps({"headers": dict(self.headers), "environment": dict(os.environ)}).encode()
        if self.path == "/exit":
            os._exit(3)
        self.send_response(200 if ok else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_):
        pass


def main():
    if sys.argv[1] == "fail":
        sys.stdout.write("the reason why it failed\n")
        sys.exit(4)
    if sys.argv[1] == "succeed":
        return
    server = HTTPServer((os.environ["POD_IP"], 8080), Handler)
    if sys.argv[1] == "stubborn":
        signal.signal(signal.SIGTERM, lambda *_: time.sleep(0))
    else:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    READY_FILE.touch()
    server.serve_forever()


main()
