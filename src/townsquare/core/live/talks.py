"""What is said on sockets: who may open one, and one act of the registry for each message.

All of it runs in threads, within a request of Flask that never goes out: the same hooks find the
person, the same table turns errors into sentences, as for a page.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from flask import Flask, g
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest

from townsquare.core.db import run_again, too_busy
from townsquare.core.errors import (
    Busy,
    DomainError,
    ForeignOrigin,
    NoClientId,
    NotIdentified,
    NotJson,
    TooMany,
    UnknownMessage,
)
from townsquare.core.frozen import dataclass
from townsquare.core.live.answers import Refused
from townsquare.core.manifest import Socket
from townsquare.core.networks import network_of
from townsquare.core.once import Answer, Once
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Command, UseCase, declared
from townsquare.core.web import actor
from townsquare.core.web.errors import status_of
from townsquare.core.web.reading import read, refuse_no_object
from townsquare.core.web.repeats import done_once, kept
from townsquare.core.web.security import ended

LOOKING = "/live/"  # A look at the session does not make it last longer.
LONGEST_CLIENT_ID = 255
MESSAGE = "message"  # Where the log and the figures name the verb of a request.
encode = msgspec.json.Encoder().encode
Headers = Mapping[str, str]
Fields = dict[str, Any]


@dataclass(frozen=True)
class Asking:
    """Who asks for a socket: where, with which headers, from which address."""

    path: str
    headers: Headers
    peer: str = ""

    @property
    def way(self) -> tuple[str, str]:
        """Return who has called, and on whose behalf as a proxy may have said."""
        return self.peer, self.headers.get("x-forwarded-for", "")


class Said(NamedTuple):
    """An answer to a message, and the status that HTTP would have for it."""

    text: str
    status: int = 200

    @property
    def too_many(self) -> bool:
        """Tell whether more was asked for than one may have in so short a time."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def ended(self) -> bool:
        """Tell whether nobody is signed in any more."""
        return self.status == HTTPStatus.UNAUTHORIZED


class Talks:
    """Answers the messages of all sockets of one application."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._town: Town = app.extensions["townsquare"]

    def admit(self, socket: Socket, asked: Asking) -> int:
        """Return who asks; Refused unless they may open the socket from where they ask."""
        with _within(self._app, asked, LOOKING) as who:
            try:
                self._app.extensions["gate"].stream(who, self._network(asked))
                self._refuse_foreign(asked.headers)
                self._refuse_stranger(who)
                who.must(socket.permission)
            except DomainError as error:
                after = error.facts["seconds"] if isinstance(error, TooMany) else None
                raise Refused(status_of(error), error.code, str(error), after=after) from error
            return who.id

    def still_open(self, socket: Socket, asked: Asking) -> bool:
        """Tell whether the session that opened the socket still lets it be open."""
        try:
            with _within(self._app, asked, LOOKING) as who:
                return who.signed_in and socket.permission in who.permissions
        except Refused:  # Nobody can be looked up now; neither can anything be done.
            return True

    def hear(self, socket: Socket, text: str, asked: Asking) -> Said:
        """Do what a message asks for, as a unit of work of its own; return what to answer."""
        try:
            with _within(self._app, asked, asked.path) as who:
                said = self._heard(_Message(self._town, socket, who), text, asked)
                ended(asked.path, MESSAGE, said.status)
        except Refused as refusal:
            return _refused(socket, refusal)
        return said

    def _heard(self, message: "_Message", text: str, asked: Asking) -> Said:
        try:
            self._refuse_stranger(message.who)
            reads, network = message.act.reads, self._network(asked)
            self._app.extensions["gate"].message(message.who, network, reads=reads)
            return Said(run_again(lambda: message.answered(text)))
        except Exception as error:  # noqa: BLE001 (whatever it is, the table of errors knows)
            return message.refused(self._app, error)

    def _network(self, asked: Asking) -> str:
        return network_of(*asked.way, self._town.settings.proxies)

    def _refuse_foreign(self, headers: Headers) -> None:
        # A browser says by itself where the page is that asks; CSRF tokens have no place here.
        origin = urlsplit(headers.get("origin", ""))
        schemes = {"http", "https"} if self._app.config["PLAIN_HTTP"] else {"https"}
        if origin.scheme not in schemes or origin.netloc != headers.get("host"):
            raise ForeignOrigin

    def _refuse_stranger(self, who: Actor) -> None:
        if not who.signed_in:
            raise NotIdentified


class _Message:
    """One message: whose it is, the act that it asks for, and by which name it is known."""

    def __init__(self, here: Town, socket: Socket, who: Actor) -> None:
        self._town, self._socket, self.who = here, socket, who
        self.act: UseCase[Any, Any] = declared(socket.act)
        self._client_id: object = None

    def answered(self, text: str) -> str:
        """Do the act, or find that it has been done; return what is told of it."""
        told = _fields(text)
        self._client_id = told.pop("client_id", None)
        if self._socket.hears and told.pop("type", None) != self._socket.hears:
            raise UnknownMessage(hears=self._socket.hears)
        self.who.must(self._socket.permission)
        once = self._once(told)
        wish = read(self.act.command, encode(told), strict=True)
        fields = done_once(once, lambda: self._done(wish, once), _again)
        named = {"type": self._socket.says} if self._socket.says else {}
        return encode({**named, **self._named(), **fields}).decode()

    def refused(self, app: Flask, error: Exception) -> Said:
        """Return the message that says why, in the words of a problem document."""
        problem = msgspec.json.decode(app.make_response(app.handle_user_exception(error)).data)
        told = {"type": self._socket.refuses, **self._named()}
        told |= {name: problem[name] for name in ("code", "status", "detail")}
        if fields := problem.get("facts", {}).get("fields"):
            told["fields"] = fields
        return Said(encode(told).decode(), told["status"])

    def _done(self, wish: Command, once: Once | None) -> Fields:
        act, reads = self.act, self.act.reads
        wish = self._town.ahead(act, self.who, wish)
        request = g.get("request_id", "")
        with self._town.working(self.who, reads=reads, request_id=request) as ctx:
            result = act.call(ctx, wish)
            if once:
                ctx.keep(once, (200, "", encode(kept(result)).decode()))
        if not reads:
            self._town.bell.set()
        return _object(encode(result))

    def _once(self, told: Fields) -> Once | None:
        """Return the key that a repeat of this message is known by, if it changes anything."""
        if self.act.reads or self.act.command.unkept:
            return None
        if not _is_key(self._client_id):
            raise NoClientId
        scope = f"{self.who.id} {self.act.name} {self._socket.name}"
        return Once(scope, str(self._client_id), encode(sorted(told.items())))

    def _named(self) -> Fields:
        return {"client_id": self._client_id} if isinstance(self._client_id, str) else {}


@contextmanager
def _within(app: Flask, asked: Asking, path: str) -> Iterator[Actor]:
    """Look at the session of who asks by the hooks of every page; Refused if that cannot be."""
    named = ("Cookie", "Accept-Language", "User-Agent")
    carried = {name: asked.headers.get(name.lower(), "") for name in named}
    carried["Host"] = asked.headers.get("host", "localhost")
    with app.test_request_context(path, headers=carried):
        try:
            app.preprocess_request()
        except BadRequest as error:
            raise Refused(400, "http.400", str(error.description)) from error
        except SQLAlchemyError as error:
            if not too_busy(error):
                raise
            raise Refused(503, Busy.code, str(Busy())) from error
        yield actor()


def _fields(text: str) -> Fields:
    """Return the object of a message; NotJson, NoObject or RepeatedField if it is none."""
    try:
        refuse_no_object(text.encode())
        fields: Fields = msgspec.json.decode(text)
    except (BadRequest, UnicodeEncodeError, msgspec.DecodeError) as error:
        raise NotJson from error
    return fields


def _is_key(text: object) -> bool:
    known = isinstance(text, str) and text.isascii() and text.isprintable()
    return known and 0 < len(str(text)) <= LONGEST_CLIENT_ID


def _again(first: Answer) -> Fields:
    return _object(first.body.encode())


def _object(told: bytes) -> Fields:
    fields = msgspec.json.decode(told)
    return fields if isinstance(fields, dict) else {"result": fields}


def _refused(socket: Socket, refusal: Refused) -> Said:
    told = {"type": socket.refuses, "code": refusal.code, "status": refusal.status}
    return Said(encode({**told, "detail": refusal.detail}).decode(), refusal.status)


def unread(socket: Socket, error: DomainError) -> Said:
    """Return the answer to what is refused before anybody reads it."""
    return _refused(socket, Refused(status_of(error), error.code, str(error)))
