"""The `granian` command, which `serve` and `demo` become, with the three things it does not do itself.

It says when requests are answered. A hang-up ends it: Granian would reload, and live on when its terminal is
closed. And its workers end with it, even when it is killed. Neither Django nor the application is loaded in
this process.
"""

import multiprocessing
import os
import socket
import sys
import threading
import time

from granian.cli import cli
from granian.server import Server


def say_when_ready(host: str, port: str, message: str) -> None:
    while not answers(host, int(port)):
        time.sleep(0.02)
    print(message, flush=True)


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def end_with_parent() -> None:
    while (parent := multiprocessing.parent_process()) is None:
        time.sleep(0.1)  # it is known a moment after this module is loaded
    parent.join()
    os._exit(1)


if __name__ == "__main__":
    host, port = (sys.argv[sys.argv.index(option) + 1] for option in ("--host", "--port"))
    ready = (host, port, os.environ.pop("PAZPAZ_READY"))  # not an argument: the demo's holds a sign-in link
    threading.Thread(target=say_when_ready, args=ready, daemon=True).start()
    # A forked worker would have our signal handlers, and miss that it is told to stop while it loads.
    multiprocessing.set_start_method("spawn")
    Server.signal_handler_reload = Server.signal_handler_interrupt  # type: ignore[method-assign]
    cli()
elif __name__ == "__mp_main__":  # in a worker, before anything else is loaded
    os.setpgid(0, 0)  # Ctrl-C reaches the main process only, which tells us; told twice, Granian hangs
    threading.Thread(target=end_with_parent, daemon=True).start()
