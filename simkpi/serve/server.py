"""The page's server: this computer only, a secret in the address, fixed routes, and nothing that a client names is opened."""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import select
import socket
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from simkpi.errors import SimkpiError
from simkpi.report.html.page import part
from simkpi.scenario.resolve import Scenario
from simkpi.serve.desk import Desk
from simkpi.serve.page import to_page
from simkpi.serve.wanted import LANGUAGES, MAX_BODY, read_body, read_upload, read_wanted

HOST = "127.0.0.1"
_HOME = Path(__file__).parent


def _own(name: str) -> str:
    return (_HOME / name).read_text(encoding="utf-8")


#: Files of the page; there are no others.
_FILES: dict[str, tuple[str, Callable[[], str]]] = {
    "/report.css": ("text/css", lambda: part("style.css")),
    "/plots.js": ("text/javascript", lambda: part("plots.js")),
    "/what_if.css": ("text/css", lambda: _own("what_if.css")),
    "/actions.js": ("text/javascript", lambda: _own("actions.js")),
    "/answer.js": ("text/javascript", lambda: _own("answer.js")),
    "/controls.js": ("text/javascript", lambda: _own("controls.js")),
    "/plan.js": ("text/javascript", lambda: _own("plan.js")),
    "/plans.js": ("text/javascript", lambda: _own("plans.js")),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Server(ThreadingHTTPServer):
    """A server of one scenario.

    Parameters
    ----------
    scenario : Scenario
    port : int
        0 takes a free one.
    lang : str
        Language of the page until somebody chooses another.

    Raises
    ------
    OSError
        If the port is taken.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, scenario: Scenario, *, port: int = 0, lang: str = "en") -> None:
        self.desk = Desk(scenario)
        self.lang = lang
        self.token = secrets.token_urlsafe(24)
        super().__init__((HOST, port), _Handler)
        self.desk.prepare()
        self.hosts = tuple(f"{name}:{self.server_port}" for name in (HOST, "localhost"))

    @property
    def address(self) -> str:
        """Where the page is; the secret in it is asked for once."""
        return f"http://{self.hosts[0]}/?token={self.token}"

    @property
    def cookie(self) -> str:
        """Name of the cookie; browsers share cookies between ports."""
        return f"simkpi-{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a browser goes away; what fails otherwise was answered already."""


class Refused(Exception):
    """A request that is not answered, and with which status."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        self.status = status
        super().__init__(why)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "simkpi"
    sys_version = ""
    timeout = 60

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log: nobody but the planner asks."""

    def do_GET(self) -> None:
        """Give the page or one of its files."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Answer what the page's script asks."""
        self._answer(self._post)

    def _answer(self, work: Callable[[], None]) -> None:
        try:
            self._check_origin()
            work()
        except Refused as error:
            self._send(error.status, "text/plain; charset=utf-8", str(error).encode("utf-8"))
        except SimkpiError as error:
            self._send(HTTPStatus.BAD_REQUEST, "text/plain; charset=utf-8", str(error).encode("utf-8"))
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception as error:  # a bug of ours: the page says so and lives on
            what = f"internal error: {type(error).__name__}: {error}"[:300]
            with contextlib.suppress(OSError):
                self._send(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", what.encode("utf-8"))

    def _check_origin(self) -> None:
        """Refuse other names of this computer (a rebound name in a browser), and other sites."""
        if self.headers.get("Host") not in self.server.hosts:
            raise Refused(HTTPStatus.FORBIDDEN, "unknown host")
        origin = self.headers.get("Origin")
        if origin is not None and origin not in tuple(f"http://{host}" for host in self.server.hosts):
            raise Refused(HTTPStatus.FORBIDDEN, "other origin")
        if self.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Refused(HTTPStatus.FORBIDDEN, "other site")

    def _is_known(self) -> bool:
        try:
            cookies = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return False
        given = cookies.get(self.server.cookie)
        return given is not None and _is_same(given.value, self.server.token)

    def _get(self) -> None:
        address = urlsplit(self.path)
        asked = parse_qs(address.query)
        if address.path == "/" and _is_same(asked.get("token", [""])[0], self.server.token):
            self.send_response(HTTPStatus.SEE_OTHER)
            self.send_header("Set-Cookie", f"{self.server.cookie}={self.server.token}; HttpOnly; SameSite=Strict; Path=/")
            self.send_header("Location", "/")
            self.send_header("Content-Length", "0")
            self._end_headers()
            return
        if not self._is_known():
            raise Refused(HTTPStatus.FORBIDDEN, "Open the address that simkpi serve printed: it holds the key to this page.")
        if address.path == "/":
            lang = asked.get("lang", [self.server.lang])[0]
            page = to_page(self.server.desk.scenario, lang=lang if lang in LANGUAGES else self.server.lang)
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", page.encode("utf-8"))
        elif address.path in _FILES:
            kind, read = _FILES[address.path]
            self._send(HTTPStatus.OK, f"{kind}; charset=utf-8", read().encode("utf-8"))
        else:
            raise Refused(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _post(self) -> None:
        if not self._is_known():
            raise Refused(HTTPStatus.FORBIDDEN, "the key is missing")
        routes = {"/answer": self._figures, "/staff": self._staff, "/table": self._table, "/file": self._file}
        route = routes.get(self.path)
        if route is None:
            raise Refused(HTTPStatus.NOT_FOUND, "there is nothing here")
        route(read_body(self._body()))

    def _body(self) -> bytes:
        if self.headers.get_content_type() != "application/json":
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "must be JSON")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "needs a length")
        if int(length) > MAX_BODY:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"is larger than {MAX_BODY // 1_000_000} MB")
        return self.rfile.read(int(length))

    def _figures(self, data: dict[str, Any]) -> None:
        from simkpi.serve.answer import answers

        wanted = read_wanted(data)
        number = self.server.desk.begin(wanted.page)
        self._stream(
            answers(self.server.desk, wanted, lambda: self.server.desk.is_latest(wanted.page, number) and self._is_there())
        )

    def _staff(self, data: dict[str, Any]) -> None:
        from simkpi.serve.suggest import suggestions

        self._stream(suggestions(self.server.desk, read_wanted(data), self._is_there))

    def _table(self, data: dict[str, Any]) -> None:
        from simkpi.serve.upload import uploaded

        found = uploaded(self.server.desk, read_upload(data))
        self._send(HTTPStatus.OK, "application/json", _line(found))

    def _file(self, data: dict[str, Any]) -> None:
        from simkpi.serve.export import export

        file = export(self.server.desk, read_wanted(data))
        self._send(HTTPStatus.OK, file.kind, file.content, {"Content-Disposition": f'attachment; filename="{file.name}"'})

    def _stream(self, messages: Iterator[dict[str, Any]]) -> None:
        """Send one line of JSON a message, each as soon as it is there; the connection ends with the last one."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/x-ndjson; charset=utf-8")
        self._end_headers()
        self.close_connection = True
        try:
            for message in messages:
                self.wfile.write(_line(message))
        except ConnectionError:
            return
        except Exception as error:  # the head has gone out: the page learns of it in the stream
            what = f"internal error: {type(error).__name__}: {error}"[:300]
            self.wfile.write(_line({"kind": "problems", "problems": [{"at": "", "message": what}]}))

    def _is_there(self) -> bool:
        """Whether the browser still listens: a closed connection reads as empty."""
        try:
            if not select.select([self.connection], [], [], 0)[0]:
                return True
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except (OSError, ValueError):
            return False

    def _send(self, status: HTTPStatus, kind: str, content: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(more or {})}.items():
            self.send_header(name, value)
        self._end_headers()
        self.wfile.write(content)

    def _end_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()


def _is_same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8"), token.encode("ascii"))


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8") + b"\n"
