"""A town that our own server serves in this process, for those who keep a line open."""

from contextlib import contextmanager
from threading import Thread

import uvicorn

from tests.kit.waiting import until
from townsquare.core.live.front import Front
from townsquare.core.live.parts import parts_of
from townsquare.core.live.sockets import LONGEST_READ, Pace, Sockets
from townsquare.core.live.talks import Talks
from townsquare.core.live.wire import Upgraded, Wire


@contextmanager
def serving(app, service=None, *, chosen=("live",), **pace):
    """Yield the server, with its front, and its port; sockets of the service at another pace."""
    parts = parts_of(app, {*chosen})
    if pace:
        kept_open = {f"{service.name}/{socket.name}": socket for socket in service.sockets}
        parts.sockets = Sockets(kept_open, Talks(app), pace=Pace(**pace))
    config = {"port": 0, "log_config": None, "http": Wire, "ws": Upgraded}
    server = uvicorn.Server(uvicorn.Config(Front(parts), ws_max_size=LONGEST_READ, **config))
    server.front = server.config.app
    thread = Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    try:
        yield server, server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
