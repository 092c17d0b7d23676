"""The only way out by HTTP: to public addresses, looked at once and then kept, and not for long."""

import ssl
from collections.abc import Collection, Mapping
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv6Address, IPv6Network, ip_address
from socket import SHUT_RDWR, SOCK_STREAM, create_connection, gaierror, getaddrinfo
from socket import socket as Socket  # noqa: N812 (a class that Python writes small)
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from townsquare.core import watching
from townsquare.core.errors import Invalid
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable

CONNECT_SECONDS, TOTAL_SECONDS = 5.0, 10.0
LARGEST_ANSWER = 64 * 1024
HTTPS = 443
# Addresses of version 6 that lead to one of version 4, which nobody has looked at.
BRIDGES = [IPv6Network(net) for net in ("::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "2001::/32")]


class NoWayOut(Invalid):
    """An address that this town does not call, whoever asks for it."""

    code = "core.no-way-out"
    message = translatable("This address cannot be called: {why}.")


class Unreachable(Exception):
    """Nobody answered there, or not in time; it may be tried again."""


@dataclass(frozen=True)
class Way:
    """An address that may be called: its parts, and the number it has just been looked up at."""

    host: str
    port: int
    path: str
    number: str
    secure: bool


def post(
    address: str, body: bytes, headers: Mapping[str, str], *, near: Collection[str] = ()
) -> int:
    """Send this body and return the status; a redirect is an answer and is not followed.

    `near` names hosts with their ports, such as "127.0.0.1:8001", that an operator has opened
    for development: only there plain HTTP and private numbers are allowed.
    """
    with watching.Piece(watching.CALL, "post"):
        return _post(way_to(address, near=near), body, headers)


def _post(way: "Way", body: bytes, headers: Mapping[str, str]) -> int:
    connection = _Checked(way)
    # A server that sends a byte a second keeps no worker: the line is cut, whatever it is doing.
    cut = Timer(TOTAL_SECONDS, connection.cut)
    cut.start()
    try:
        connection.request("POST", way.path, body, {**headers, "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        answer.read(LARGEST_ANSWER)
        if connection.late:  # A body that was cut off looks like one that ended.
            raise TimeoutError
    except (OSError, HTTPException) as error:
        raise Unreachable(type(error).__name__) from error
    else:
        return answer.status
    finally:
        cut.cancel()
        connection.close()


def way_to(address: str, *, near: Collection[str] = ()) -> Way:
    """Return how this address is called, or refuse it; every number that it has must be public."""
    parts = _parts(address)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (HTTPS if secure else 80)
    if f"{host}:{port}" not in near:
        _refuse_odd(parts, port)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    try:
        found = getaddrinfo(host.encode("idna").decode(), port, type=SOCK_STREAM)
    except (gaierror, UnicodeError) as error:
        raise NoWayOut(why=translatable("nobody has this name")) from error
    numbers = [str(entry[4][0]) for entry in found]
    if f"{host}:{port}" not in near and not all(map(is_public, numbers)):
        raise NoWayOut(why=translatable("it leads into a private network"))
    return Way(host, port, path, numbers[0], secure)


def is_public(number: str) -> bool:
    """Tell whether the whole internet means the same machine by this number."""
    address = ip_address(number.partition("%")[0])
    if isinstance(address, IPv6Address) and any(address in net for net in BRIDGES):
        return False
    return address.is_global and not address.is_multicast


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 (read to see whether it is a number)
    except ValueError as error:
        raise NoWayOut(why=translatable("it cannot be read")) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NoWayOut(why=translatable("it does not begin with https:// and a name"))
    if parts.username is not None or parts.password is not None:
        raise NoWayOut(why=translatable("it holds a name or password"))
    told = parts.path + parts.query
    if not told.isascii() or not told.isprintable() or " " in told:
        raise NoWayOut(why=translatable("it cannot be read"))
    return parts


def _refuse_odd(parts: SplitResult, port: int) -> None:
    if parts.scheme != "https":
        raise NoWayOut(why=translatable("it does not begin with https:// and a name"))
    if port != HTTPS:
        raise NoWayOut(why=translatable("it names a port of its own"))
    last = (parts.hostname or "").rstrip(".").rpartition(".")[2]
    # Numbers are no names, in none of the ways in which they can be written.
    if ":" in (parts.hostname or "") or last.isdigit() or last.startswith("0x"):
        raise NoWayOut(why=translatable("it is a number instead of a name"))


class _Checked(HTTPConnection):
    """A connection to the number that was looked at; the name is for the certificate and Host."""

    def __init__(self, way: Way) -> None:
        super().__init__(way.host, way.port, timeout=CONNECT_SECONDS)
        self._way = way
        self._line: Socket | None = None
        self.late = False

    def connect(self) -> None:
        """Open the line; called by the request that comes first."""
        line = create_connection((self._way.number, self._way.port), CONNECT_SECONDS)
        self._line = line
        if self._way.secure:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=self._way.host)
        self.sock = self._line = line

    def cut(self) -> None:
        """End whatever is going on; called from another thread when time is up."""
        self.late = True
        if self._line is not None:
            try:
                self._line.shutdown(SHUT_RDWR)
            except OSError:
                return
