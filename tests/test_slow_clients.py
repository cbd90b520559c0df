"""Clients that send a byte a second hold nobody else up."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.running import app
from tests.standin import StandIn

CLIENTS = 100
HEAD = b"POST /webhook HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"


@contextmanager
def slow_clients(url: str) -> Iterator[list[socket.socket]]:
    """Half of them never end their headers, half announce a body that does not come."""
    address = urlsplit(url)
    with ExitStack() as stack:
        made = []
        for number in range(CLIENTS):
            client = socket.create_connection((address.hostname, address.port), timeout=10)
            made.append(stack.enter_context(client))
            client.sendall(HEAD if number % 2 else HEAD + b"Content-Length: 1000\r\n\r\n{")
        yield made


def drip(clients: list[socket.socket]) -> int:
    """Send one more byte each; how many still take it."""
    taken = 0
    for client in clients:
        try:
            client.sendall(b"X")
            taken += 1
        except OSError:
            continue
    return taken


def test_a_delivery_gets_through_beside_a_hundred_slow_clients(tmp_path: Path) -> None:
    """It is acknowledged within 10 seconds, and the slow ones are sent away within 10, too."""
    with StandIn() as standin, app(standin, tmp_path) as url, slow_clients(url) as clients:
        standin.webhook_url = url
        repository = standin.repository("acme/widgets")
        for _ in range(3):
            drip(clients)
            time.sleep(1)
        standin.open_pull_request(repository, {"tests/test_it.py": "def test():\n    assert 1\n"})
        delivery = next(each for each in standin.deliveries if each.action == "opened")
        assert delivery.status_code == 202
        assert delivery.duration < 10
        end = time.monotonic() + 10
        while drip(clients) and time.monotonic() < end:
            time.sleep(1)
        assert drip(clients) == 0
