"""The guard lets a test reach this machine only."""

import socket

import pytest

from tests.kit.sockets import LeavesThisMachine


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_may_be_reached(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1])).close()


def test_a_name_elsewhere_is_not_even_looked_up():
    with pytest.raises(LeavesThisMachine, match=r"library\.example"):
        socket.create_connection(("library.example", 80))


def test_an_address_elsewhere_is_not_reached():
    with socket.socket() as probe, pytest.raises(LeavesThisMachine):
        probe.connect(("192.0.2.1", 80))
