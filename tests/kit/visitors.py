"""Somebody who comes to a running town over HTTP, with cookies and the forms' tokens."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode

from tests.kit.servers import HOST

PATIENCE = 60
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BOUNDARY = "a-line-between-the-parts"


class Answer:
    """What came back, read to its end."""

    def __init__(self, came: HTTPResponse) -> None:
        self.status, self.headers, self.body = came.status, came.headers, came.read()

    @property
    def text(self) -> str:
        return self.body.decode()


class Visitor:
    """One browser; every request has a line of its own, as it has behind nginx."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.asked = 0

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        with self.asking(method, path, body, headers) as came:
            return Answer(came)

    @contextmanager
    def asking(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Iterator[HTTPResponse]:
        """Ask, and lend the answer while it still comes in."""
        self.asked += 1
        with closing(HTTPConnection(HOST, self.port, timeout=PATIENCE)) as line:
            with suppress(BrokenPipeError):  # Who is refused early hears so before all is sent.
                line.request(method, path, body or None, {**self.carried(), **(headers or {})})
            came = line.getresponse()
            self._keep(came)
            yield came

    def carried(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        return {"Cookie": cookies} if cookies else {}

    def token(self, path: str = "/preferences") -> str:
        return TOKEN.search(self.get(path).text)[1]

    def post(self, path: str, told: Mapping[str, str] | None = None, **headers: str) -> Answer:
        with self.posting(path, {"csrf_token": self.token(), **(told or {})}, headers) as line:
            return self._heard(line)

    @contextmanager
    def posting(
        self, path: str, told: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Iterator[HTTPConnection]:
        """Send a form, and lend the line on which the answer will come."""
        form = {**FORM, **self.carried(), **(headers or {})}
        self.asked += 1
        with closing(HTTPConnection(HOST, self.port, timeout=PATIENCE)) as line:
            line.request("POST", path, urlencode(told).encode(), form)
            yield line

    def _heard(self, line: HTTPConnection) -> Answer:
        came = line.getresponse()
        self._keep(came)
        return Answer(came)

    def _keep(self, came: HTTPResponse) -> None:
        for said in came.headers.get_all("Set-Cookie", ()):
            name, _, rest = said.partition("=")
            self.cookies[name] = rest.partition(";")[0]

    def step_in(self, name: str) -> Answer:
        """Sign in as somebody of the demo town."""
        page = self.get("/account/sign-in").text
        button = re.search(rf'name="id" value="(\w+)">Step in<[^<]*as {name}<', page)
        return self.post("/account/sign-in/demo", {"id": button[1]})

    def send_file(self, path: str, name: str, content: bytes, **fields: str) -> Answer:
        """Send a file in the form of a page."""
        told = {"csrf_token": self.token(), **fields}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'
            for k, v in told.items()
        ]
        parts.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = "".join(parts).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", path, body, {"Content-Type": kind})
