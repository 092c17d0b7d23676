"""nginx by the files of deploy/ before web processes, and a name server, that are played."""

import http.client
import re
import socket
import struct
import subprocess
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.kit.recipes import end
from tests.kit.servers import HOST, free_port
from tests.kit.visitors import Answer
from tests.kit.waiting import until
from tests.servers.deployment import PORTS, WEB, nginx_here

PATIENCE = 20


class Played(BaseHTTPRequestHandler):
    """A web process that notes what it is asked, and answers or hangs up."""

    protocol_version = "HTTP/1.1"

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline(9000)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.heard.append(self.command)
        self.close_connection = True
        if not self.server.hangs_up:
            said = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
            self.wfile.write(said)


class Process(ThreadingHTTPServer):
    """One played web process at a port."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host=HOST, port=0):
        super().__init__((host, port), Played)
        self.heard, self.hangs_up = [], False
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def leave(self):
        self.shutdown()
        self.server_close()


class Edge:
    """nginx, and the processes behind it."""

    def __init__(self, door, signs, processes):
        self.door, self._signs, self.processes = door, signs, processes

    def ask(self, method="GET", path="/library", *, body=None, by=HOST, **headers):
        where = (HOST, self.door)
        with closing(http.client.HTTPConnection(*where, PATIENCE, source_address=(by, 0))) as line:
            line.request(method, path, body, headers)
            return Answer(line.getresponse())

    @contextmanager
    def away(self, *parts):
        """Put up the signs of these processes for a while."""
        signs = [self._signs / f"{PORTS[part]}.away" for part in parts]
        for sign in signs:
            sign.touch()
        yield
        for sign in signs:
            sign.unlink()

    def heard(self):
        """Return how often each process was asked since the last time."""
        told = [len(process.heard) for process in self.processes]
        for process in self.processes:
            process.heard.clear()
        return told


@contextmanager
def edge_of(folder, *, changed=(), **other):
    """Run nginx by the files, with a few words changed, before two played processes."""
    with ExitStack() as stack:
        processes = [Process() for _ in WEB]
        for process in processes:
            stack.callback(process.leave)
        ports = dict(zip(WEB, (p.server_address[1] for p in processes), strict=True))
        door = free_port()
        command = nginx_here(folder, door, ports, **other)
        for name, written, ours in changed:
            place = folder / name
            text = place.read_text()
            if written not in text:
                raise LookupError(written)
            place.write_text(text.replace(written, ours))
        log = folder / "log"
        with log.open("wb") as output:
            nginx = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        stack.callback(end, nginx)
        until(lambda: listens(door) or nginx.poll() is not None)
        if nginx.poll() is not None:
            raise RuntimeError(log.read_text())
        yield Edge(door, folder / "signs", processes)


def listens(port):
    try:
        socket.create_connection((HOST, port), 1).close()
    except OSError:
        return False
    return True


class Names(Thread):
    """The name server of the containers: every name is where it says now."""

    def __init__(self, where):
        super().__init__(daemon=True)
        self.where, self.asked = where, Counter()
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind((HOST, 0))
        self.port = self._line.getsockname()[1]

    def run(self):
        while True:
            question, who = self._line.recvfrom(512)
            if not question:
                return
            name = re.match(rb"\w+", question[13:])[0].decode()
            self.asked[name] += 1
            head = question[:2] + struct.pack(">5H", 0x8580, 1, 1, 0, 0)
            told = struct.pack(">HHHIH", 0xC00C, 1, 1, 600, 4) + socket.inet_aton(self.where)
            self._line.sendto(head + question[12 : 12 + 6 + len(name)] + told, who)

    def leave(self):
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as line:
            line.sendto(b"", (HOST, self.port))
        self.join()
        self._line.close()
