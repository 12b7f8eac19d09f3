"""A real llama_cpp.server on this computer, which never outlives the tests."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

_START_SECONDS = 120
# It ends when its standard input does: also when the tests are killed.
_SERVE = """
import os, runpy, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
runpy.run_module("llama_cpp.server", run_name="__main__", alter_sys=True)
"""


@contextlib.contextmanager
def model_server(model: Path, log: Path, *options: str, key: str = "") -> Iterator[str]:
    """Serve ``model``; yield the address that goes into the settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-c", _SERVE, "--model", str(model), "--host", "127.0.0.1",
        "--port", str(port), "--interrupt_requests", "false", *options,
    ]  # fmt: skip
    if key:
        command += ["--api_key", key]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(server, port, key, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.kill()
            server.communicate()


def _wait_for(server: subprocess.Popen[bytes], port: int, key: str, log: Path) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/models", headers=headers)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), direct.open(request, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-2000:])
