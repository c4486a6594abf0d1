"""A what-if page's server for tests, and a client that sends what it is told to send."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from simkpi.scenario.resolve import Scenario
from simkpi.serve.server import Server


@contextmanager
def served(scenario: Scenario, **given: Any) -> Iterator[Server]:
    """A server that runs while the block does."""
    with Server(scenario, **given) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


def ask(server: Server, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    """Send a request with the page's cookie, unless *headers* say otherwise (underscores are hyphens; empty: left out)."""
    usual = {"Host": server.hosts[0], "Cookie": f"{server.cookie}={server.token}"}
    if body is not None:
        usual["Content-Type"] = "application/json"
    sent = {**usual, **{name.replace("_", "-").title(): value for name, value in headers.items()}}
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    if content is not None:
        sent.setdefault("Content-Length", str(len(content)))
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            if value:
                connection.putheader(name, value)
        connection.endheaders(content)
        got = connection.getresponse()
        return Answer(
            got.status, {name.lower(): value for name, value in got.getheaders()}, got.read().decode("utf-8", "replace")
        )
    finally:
        connection.close()
