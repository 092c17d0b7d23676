"""A guard on the whole run: tests talk to this machine and to no other."""

import sys
from ipaddress import ip_address

HERE = {"", "localhost"}


class LeavesThisMachine(RuntimeError):
    """A test tried to reach another machine."""


def pytest_configure(config):
    sys.addaudithook(watch)


def watch(event, arguments):
    """Refuse to look up or to reach anything that is not this machine."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        refuse_unless_here(arguments[1][0])
    elif event == "socket.getaddrinfo" and arguments[0] is not None:
        refuse_unless_here(arguments[0])


def refuse_unless_here(host):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in HERE and not _loops_back(name):
        message = f"A test tried to reach {name}."
        raise LeavesThisMachine(message)


def _loops_back(name):
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
