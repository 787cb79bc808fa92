"""Simulated radio station to relay: one endless tone, as MP3 in one unbroken answer and as HLS, on loopback.

``/live.mp3`` and ``/live.m3u8``: as much of a radio station's servers as a device sees.
"""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from cms.platform.process.children import ends_with_us

SEGMENT_S: Final = 1
KEPT: Final = 6
TYPES: Final = {".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t"}
_CHUNK_BYTES: Final = 4096


def run(port: int, stopping: threading.Event, *, hz: int = 440) -> None:
    """Serve until ``stopping`` is set; its encoders end with it."""
    folder = Path(tempfile.mkdtemp(prefix="loa-relay-source-"))
    playlist = folder / "live.m3u8"
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(folder, hz))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    into = ["-c:a", "aac", "-b:a", "64k", "-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_list_size", str(KEPT)]
    try:
        with encoder(hz, [*into, "-hls_flags", "delete_segments", str(playlist)]):
            stopping.wait()
    finally:
        server.shutdown()
        server.server_close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def encoder(hz: int, into: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run an ffmpeg that makes the tone in real time, and dies with this process."""
    tone = ["ffmpeg", "-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", f"sine=frequency={hz}:sample_rate=48000"]
    process = subprocess.Popen([*ends_with_us("KILL"), *tone, *into], stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _handler(folder: Path, hz: int) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one small class
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/live.mp3":
                self._flow()
            else:
                self._file(folder / Path(self.path).name)

        def _flow(self) -> None:
            self._begin("audio/mpeg")
            with encoder(hz, ["-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3", "pipe:1"]) as process:
                assert process.stdout is not None
                try:
                    while data := os.read(process.stdout.fileno(), _CHUNK_BYTES):
                        self.wfile.write(data)
                except ConnectionError:
                    return  # the listener is gone

        def _file(self, path: Path) -> None:
            try:
                data = path.read_bytes()
            except OSError:
                self.send_error(404)
                return
            self._begin(TYPES.get(path.suffix, "application/octet-stream"), len(data))
            self.wfile.write(data)

        def _begin(self, media_type: str, length: int | None = None) -> None:
            self.send_response(200)
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.send_header("Content-Type", media_type)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler
