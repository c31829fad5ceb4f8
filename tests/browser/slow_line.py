"""A proxy before the server that can be as slow as a phone's uplink: one throttle for every engine."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

PIECE = 4096


class SlowLine:
    """`upload` is in bytes a second for all connections together, `delay` in seconds."""

    def __init__(self, host: str, port: int) -> None:
        self.server_address = (host, port)
        self.upload: float | None = None
        self.delay = 0.0
        self.turn = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                browser, _address = self.listener.accept()
                server = socket.create_connection(self.server_address)
                threading.Thread(target=self._carry, args=(browser, server, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, browser, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, upward: bool) -> None:
        # Once the browser has gone, what it had already handed over still arrives, as it does on a real line.
        with suppress(OSError):
            while piece := source.recv(PIECE):
                # Read once: the test may let the line go fast again at this very moment.
                upload, delay = self.upload, self.delay
                if upward and upload:
                    with self.turn:
                        time.sleep(len(piece) / upload)
                elif delay:
                    time.sleep(delay)
                target.sendall(piece)
        for end in (target, source):
            with suppress(OSError):
                end.shutdown(socket.SHUT_WR if end is target else socket.SHUT_RD)
        if not upward:
            source.close()
            target.close()

    def close(self) -> None:
        self.listener.close()
