"""The way out: to public addresses only, kept once looked at, and cut when it takes too long."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from townsquare.core import outgoing
from townsquare.core.outgoing import NoWayOut, Unreachable, is_public, post, way_to

ABROAD = "93.184.215.14"


@contextmanager
def receiver(answer):
    """Run a server on the loopback whose POSTs are answered by this function."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.body = self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, *_said):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def named(monkeypatch, *numbers):
    """Let every name have these numbers, and count how often somebody asks."""
    asked = []

    def told(host, port, **_kinds):
        asked.append(host)
        return [(2, 1, 6, "", (number, port)) for number in numbers]

    monkeypatch.setattr(outgoing, "getaddrinfo", told)
    return asked


@pytest.mark.parametrize(
    "number",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),  # noqa: S104
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:8.8.8.8"),
        *("64:ff9b::808:808", "2002:808:808::1", "2001:0:808:808::1", "2001:db8::1"),
    ],
)
def test_what_is_not_the_same_machine_for_everybody_is_not_public(number):
    assert not is_public(number)


@pytest.mark.parametrize("number", [ABROAD, "2606:4700::1111"])
def test_what_is_known_everywhere_is_public(number):
    assert is_public(number)


@pytest.mark.parametrize(
    "address",
    [
        *("http://example.org/", "ftp://example.org/", "example.org", "", "https://"),
        *("https://example.org:8443/", "https://example.org:x/", "https://me@example.org/"),
        *("https://me:word@example.org/", "https://example.org/a b", "https://example.org/é"),
        *("https://127.0.0.1/", "https://8.8.8.8/", "https://2130706433/", "https://0x7f.1/"),
        *("https://127.1/", "https://[::1]/", "https://[2606:4700::1111]/", "https://0x7f000001/"),
    ],
)
def test_an_address_that_is_no_https_name_is_refused(monkeypatch, address):
    asked = named(monkeypatch, ABROAD)
    with pytest.raises(NoWayOut):
        way_to(address)
    assert not asked


@pytest.mark.parametrize("numbers", [("127.0.0.1",), (ABROAD, "10.0.0.8"), ("::1", ABROAD)])
def test_a_name_that_leads_inside_is_refused(monkeypatch, numbers):
    named(monkeypatch, *numbers)
    with pytest.raises(NoWayOut, match="private network"):
        way_to("https://hooks.example.org/townsquare")


def test_the_number_that_was_looked_at_is_the_one_that_is_called(monkeypatch):
    asked, called = named(monkeypatch, ABROAD), []

    def connect(address, _seconds):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(outgoing, "create_connection", connect)
    with pytest.raises(Unreachable):
        post("https://hooks.example.org/", b"{}", {})
    assert asked == ["hooks.example.org"]
    assert called == [(ABROAD, 443)]


def test_a_redirect_is_an_answer_and_nobody_follows_it():
    heard = []

    def elsewhere(request):
        heard.append(request.path)
        request.send_response(302)
        request.send_header("Location", "/inside")
        request.send_header("Content-Length", "0")
        request.end_headers()

    with receiver(elsewhere) as near:
        assert post(f"http://{near}/door?a=1", b"{}", {}, near=(near,)) == 302
    assert heard == ["/door?a=1"]


def test_who_answers_a_byte_at_a_time_is_cut_off(monkeypatch):
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 0.2)
    tired = Event()

    def drip(request):
        request.send_response(200)
        request.end_headers()
        while not tired.wait(0.02):
            try:
                request.wfile.write(b".")
            except OSError:
                return

    with receiver(drip) as near:
        with pytest.raises(Unreachable):
            post(f"http://{near}/", b"{}", {}, near=(near,))
        tired.set()


def test_a_near_address_is_called_only_where_an_operator_has_opened_it():
    with receiver(lambda _request: None) as near, pytest.raises(NoWayOut):
        post(f"http://{near}/", b"{}", {})
