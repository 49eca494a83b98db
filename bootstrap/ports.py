"""Ports of 127.0.0.1."""

import socket

from bootstrap.console import BootstrapError

HOST = "127.0.0.1"
TRIES = 50


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen at the port, as one does that sets SO_REUSEADDR."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def choose(wished: int) -> int:
    """The wished port, or the next free one above it; raises BootstrapError where there is none."""
    for port in range(wished, min(wished + TRIES, 65536)):
        if is_free(port):
            return port
    raise BootstrapError(f"port {wished} and those above it cannot be used: name another with --port")
