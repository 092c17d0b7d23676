"""A line that can be made bad: one port in front of a server, and what happens to what passes.

It knows nothing of what it carries, so it stands in front of PostgreSQL as well as of Redis.
"""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

from tests.kit.servers import HOST, free_port

PIECE = 65536
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset, as a machine does that dies.


@dataclass(frozen=True)
class Weather:
    """What happens on the line.

    Every piece takes `delay` seconds; a `silent` line takes everything and passes nothing on; after
    `bytes_left` bytes of the server's answers it is reset; a `shut` one takes nobody in.
    """

    delay: float = 0.0
    silent: bool = False
    bytes_left: int | None = None
    shut: bool = False


FINE = Weather()


@dataclass
class Proxy:
    """A server's second address; `struck` is set when bad weather has met something."""

    behind: int
    port: int = field(default_factory=free_port)
    weather: Weather = FINE
    struck: Event = field(default_factory=Event)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)
    _passed: int = 0

    def change(self, weather: Weather) -> None:
        """Let the weather be so from now on; where it is fine, what hangs is cut and can go on."""
        asyncio.run_coroutine_threadsafe(self._change(weather), self._loop).result()

    def reset(self) -> None:
        """Cut every line at once."""
        asyncio.run_coroutine_threadsafe(self._reset(), self._loop).result()

    def run(self, ready: Event) -> None:
        """Carry until the loop is stopped."""
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._line, HOST, self.port))
        ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._reset())
        tasks = asyncio.all_tasks(self._loop)
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def stop(self) -> None:
        """End, with every line."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _change(self, weather):
        was, self.weather, self._passed = self.weather, weather, 0
        self.struck.clear()
        if was.silent:
            await self._reset()

    async def _reset(self):
        for writer in self._lines:
            _drop(writer)
        self._lines.clear()

    async def _line(self, reader, writer):
        if self.weather.shut:
            self.struck.set()
            return _drop(writer)
        try:
            there, to_server = await asyncio.open_connection(HOST, self.behind)
        except OSError:  # The server itself is not there.
            return _drop(writer)
        self._lines |= {writer, to_server}
        ways = self._carry(reader, to_server), self._carry(there, writer, counted=True)
        await asyncio.gather(*ways)
        return None

    async def _carry(self, reader, writer, *, counted=False):
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                piece = await self._weathered(piece, counted=counted)
                writer.write(piece)
                await writer.drain()
                if counted and self._over():
                    await self._reset()
        writer.close()
        self._lines.discard(writer)

    async def _weathered(self, piece, *, counted):
        """Return what of this piece is passed on, when it is."""
        weather = self.weather
        if weather.silent or weather.delay or weather.shut:
            self.struck.set()
        if weather.silent:
            return b""
        await asyncio.sleep(weather.delay)
        if not counted or weather.bytes_left is None:
            return piece
        piece = piece[: max(0, weather.bytes_left - self._passed)]
        self._passed += len(piece)
        return piece

    def _over(self):
        left = self.weather.bytes_left
        if left is None or self._passed < left:
            return False
        self.struck.set()
        return True


@contextmanager
def in_front_of(port: int) -> Iterator[Proxy]:
    """Run a proxy in front of this port until the end of the block."""
    proxy, ready = Proxy(port), Event()
    thread = Thread(target=proxy.run, args=(ready,), name="proxy", daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join(10)


def _drop(writer):
    line = writer.get_extra_info("socket")
    if line is not None:
        with suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()
