"""The built site as a server would hand it out: over HTTP, on a free port of this machine, compressed."""

from __future__ import annotations

import gzip
import threading
from functools import cache
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".ipynb", ".xml", ".txt"}


@cache
def packed(path, _changed):
    return gzip.compress(path.read_bytes(), mtime=0)


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # a connection serves many requests, as on any public server

    def do_GET(self):
        path, status = Path(self.translate_path(self.path)), HTTPStatus.OK
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            path, status = Path(self.directory, "404.html"), HTTPStatus.NOT_FOUND
        squeezed = path.suffix in COMPRESSED
        body = b"" if not path.is_file() else packed(path, path.stat().st_mtime_ns) if squeezed else path.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        if squeezed and body:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep the terminal for the tests."""


class Server(ThreadingHTTPServer):
    """Hands out the folder that it was given; the browser may hang up when it likes."""

    daemon_threads = True

    def __init__(self, folder):
        self.folder = str(folder)
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def finish_request(self, request, client_address):
        Handler(request, client_address, self, directory=self.folder)

    def handle_error(self, *_):
        """A request that was broken off is the browser's affair; what did not arrive, the tests notice there."""
