"""The recipe of deploy/ as a contestant: a web process by its unit, alone and through nginx."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import SERVER_CORE
from bench.servers import Contestant, free_port, running
from tests.kit.recipes import here
from tests.servers.deployment import PORTS, WEB, command_of, nginx_here

ALONE, THROUGH = "recipe", "recipe through nginx"
PINNED = ("taskset", "-c", SERVER_CORE)


@contextmanager
def by_the_recipe(environment: Mapping[str, str]) -> Iterator[dict[str, Contestant]]:
    """Serve the town by the files of deploy/, and lend both ways to it: what either costs.

    One process serves both: nginx finds it at the places of both web processes.
    """
    port, door = free_port(), free_port()
    settings = {**environment, "TOWNSQUARE_PROXIES": "1"}
    web = [*PINNED, *here(command_of(WEB[0]), {PORTS[WEB[0]]: port})]
    with TemporaryDirectory(prefix="townsquare-edge-") as folder:
        edge = [*PINNED, *nginx_here(Path(folder, "nginx"), door, dict.fromkeys(WEB, port))]
        alive = "/healthz"
        with (
            running(web, port, settings, path=alive) as alone,
            running(edge, door, {}, path=alive) as nginx,
        ):
            through = replace(alone, address=nginx.address, beside=(nginx.pid,))
            yield {ALONE: alone, THROUGH: through}
