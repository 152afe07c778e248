#!/usr/bin/env python3
"""http_server.py [PORT]: 1 if the completion ends with the answer. All completions of a problem come in one request."""
import http.server
import json
import sys


class Grader(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        grades = [{"score": s["completion"].rstrip(". \n").endswith(s["answer"])} for s in request["samples"]]
        body = json.dumps({"grades": grades}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Grader)
    print(server.server_port, flush=True)
    server.serve_forever()
