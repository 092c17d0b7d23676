"""Somebody at the other end of a WebSocket, by a client of its own (wsproto)."""

import json
import socket
from contextlib import closing, contextmanager

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason

from tests.kit.servers import HOST
from tests.kit.visitors import PATIENCE


class Caller:
    """One line to a town; `status` and `problem` tell why it was refused."""

    def __init__(self, line, port, path, headers):
        self._line, self._events = line, []
        self.status, self.problem, self.headers = 101, None, {}
        self.closed, self.pinged, self._text = None, 0, ""
        self._wire = WSConnection(ConnectionType.CLIENT)
        host = headers.pop("Host", f"{HOST}:{port}")
        extra = [(name.encode(), text.encode()) for name, text in headers.items()]
        line.sendall(self._wire.send(Request(host=host, target=path, extra_headers=extra)))
        self._shake()

    def say(self, message):
        """Send an object as JSON, a text as it is, or bytes."""
        self._send(json.dumps(message) if isinstance(message, dict) else message)

    def _send(self, message):
        self._line.sendall(self._wire.send(Message(data=message)))

    def hear(self):
        """Return the next message, or None when the line is closed."""
        while True:
            event = self._next()
            if event is None or isinstance(event, CloseConnection):
                self.closed = self.closed or (event.code if event else 1006)
                return None
            if isinstance(event, TextMessage):
                self._text += event.data
                if event.message_finished:
                    told, self._text = self._text, ""
                    return json.loads(told)

    def ask(self, message):
        self.say(message)
        return self.hear()

    def _shake(self):
        body = b""
        while True:
            event = self._next()
            if event is None or isinstance(event, AcceptConnection):
                break
            if isinstance(event, RejectConnection):
                self.status = event.status_code
                self.headers = {
                    name.decode().lower(): text.decode() for name, text in event.headers
                }
                if not event.has_body:
                    break
            if isinstance(event, RejectData):
                body += event.data
                if event.body_finished:
                    break
        self.problem = json.loads(body) if body else None

    def _next(self):
        while not self._events:
            came = self._line.recv(65536)
            self._wire.receive_data(came or None)
            self._events += self._wire.events()
            if not came and not self._events:
                return None
        event = self._events.pop(0)
        if isinstance(event, Ping):
            self.pinged += 1
            self._line.sendall(self._wire.send(Pong(payload=event.payload)))
        closing = isinstance(event, CloseConnection) and event.code != CloseReason.ABNORMAL_CLOSURE
        if closing and self.closed is None:  # Of a line that breaks off nothing is answered.
            self._line.sendall(self._wire.send(event.response()))
        assert not isinstance(event, BytesMessage)
        return event


@contextmanager
def calling(port, path, **headers):
    """Ask for a WebSocket from our own page; `Origin=None` asks without saying from where."""
    told = {"Origin": f"http://{HOST}:{port}", **headers}
    told = {name.replace("_", "-"): text for name, text in told.items() if text is not None}
    with closing(socket.create_connection((HOST, port), timeout=PATIENCE)) as line:
        yield Caller(line, port, path, told)
