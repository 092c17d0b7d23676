"""A town under one server that several tests share, although some of them stop it."""

from contextlib import ExitStack, contextmanager


class House:
    """A town that is started when it is asked for and has never been, or has been stopped."""

    def __init__(self, name, data, start):
        self.name, self.data = name, data
        self._start, self._running, self._stack = start, None, ExitStack()

    def open(self):
        """Return its process, which lives."""
        if self._running is None or self._running.process.poll() is not None:
            self._running = self._stack.enter_context(self._start(self.name, self.data))
        return self._running

    def leave(self):
        """End all that was started."""
        self._stack.close()


@contextmanager
def lent(name, data, start):
    """Lend such a town until the end of the block; `start` runs a server around a block."""
    house = House(name, data, start)
    try:
        yield house
    finally:
        house.leave()
