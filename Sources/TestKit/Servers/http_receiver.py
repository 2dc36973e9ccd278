"""An HTTP receiver on loopback: says its port, then each request that it read as a line of JSON, until its input ends.

The path says what becomes of a request: `/status/NNN`, `/status/NNN/SECONDS` (with Retry-After), `/redirect/NNN` (to another path of it),
`/stall` (no answer while it runs), `/close` (the connection is cut when the body is there), `/half/NNN` (an answer that breaks off),
`/noise` (an answer that is not HTTP), and any other is answered with 200.
"""

import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ended = threading.Event()
saying = threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = {
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": base64.b64encode(body).decode(),
        }
        # Requests come on threads of their own, and a line is said in one piece.
        with saying:
            print(json.dumps(request), flush=True)
        parts = self.path.strip("/").split("/")
        status = int(parts[1]) if parts[0] in ("status", "redirect", "half") else 200
        if parts[0] == "stall":
            ended.wait()
        elif parts[0] == "close":
            self.close_connection = True
        elif parts[0] == "noise":
            self.wfile.write(b"hello\r\n")
            self.close_connection = True
        elif parts[0] == "half":
            reason = self.responses[status][0]
            self.wfile.write(f"HTTP/1.1 {status} {reason}\r\nContent-Length: 1000\r\n\r\nhalf".encode())
            self.close_connection = True
        else:
            self.send_response(status)
            if parts[0] == "redirect":
                self.send_header("Location", "/elsewhere")
            if len(parts) > 2:
                self.send_header("Retry-After", parts[2])
            self.send_header("Content-Length", "0")
            self.end_headers()

    # What follows a redirect can ask in another way.
    do_GET = do_POST

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
ended.set()
