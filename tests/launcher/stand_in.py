#!/usr/bin/env python3
"""The program of a town, reduced to what the launcher needs of it."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NOTES = Path(__file__).with_name("notes")
ANSWERS = {"/": 200, "/readyz": 200}


class Town(BaseHTTPRequestHandler):
    """Two pages, and no log."""

    def do_GET(self):
        self.send_response(ANSWERS.get(self.path, 404))
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"town")

    def log_message(self, *_): ...


def note(text):
    with NOTES.open("a") as file:
        file.write(f"{text}\n")


def stop(*_):
    note("stopped in order")
    sys.exit(0)


def main():
    given = {name: text for name, text in os.environ.items() if name.startswith("TOWNSQUARE_")}
    note(" ".join([*sys.argv[1:], *(f"{name}={given[name]}" for name in sorted(given))]))
    if sys.argv[1] == "fail":
        sys.exit(7)
    if sys.argv[1] == "serve":
        signal.signal(signal.SIGTERM, stop)
        if "broken" in given.get("TOWNSQUARE_NAME", ""):
            sys.exit(3)
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[-1])), Town).serve_forever()


main()
