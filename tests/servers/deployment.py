"""The files of deploy/, read as the programs that they are for read them."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from tests.kit.recipes import PROGRAMS, ROOT, here

DEPLOY = ROOT / "deploy"
WEB = ("web@8001", "web@8004")  # One process each; the others serve while one is made anew.
PORTS = {"web@8001": 8001, "web@8004": 8004, "live": 8002, "worker": 8003}
INSIDE = dict(zip(PORTS, ("web1", "web2", "live", "worker"), strict=True))  # In compose.yaml.
UNITS = {
    name: DEPLOY / "systemd" / f"townsquare-{name}.service" for name in ("web@", "live", "worker")
}
TEMPORARY = "/tmp/"  # noqa: S108 (of the container; here it is a folder of the test)
SIGNS = "/run/townsquare"
INSTALLED = "/opt/townsquare/bin"
STATIC = "/opt/townsquare/lib/python3.11/site-packages/townsquare/core/web/static/"


def unit_of(part):
    """Return the unit of a part; the web processes share one."""
    name, at, _ = part.partition("@")
    return UNITS[name + at]


def options(unit):
    """Return what a unit says, as (name, text) in its order."""
    lines = (line for line in unit.read_text().splitlines() if re.match(r"\w+=", line))
    return [tuple(line.split("=", 1)) for line in lines]


def said_of(part, wanted):
    """Return what the unit of a part says under this name, as systemd reads it for the part."""
    instance = part.partition("@")[2]
    return [text.replace("%i", instance) for name, text in options(unit_of(part)) if name == wanted]


def command_of(part):
    """Return the command of a part, with the program by its name."""
    program, *words = shlex.split(*said_of(part, "ExecStart"))
    assert program.startswith(INSTALLED)
    return (Path(program).name, *words)


def around(part, wanted, folder, port):
    """Return what systemd runs around the command of a part, for this machine."""
    texts = said_of(part, wanted)
    for written, ours in (
        (SIGNS, str(folder)),
        (f"127.0.0.1:{PORTS[part]}", f"127.0.0.1:{port}"),
        (INSTALLED, str(PROGRAMS)),
    ):
        texts = [text.replace(written, ours) for text in texts]
    return [tuple(shlex.split(text)) for text in texts]


def composed():
    import yaml  # The bench, which reads the units too, comes without it.

    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def settings_said():
    """Return the settings of the example, by their names."""
    lines = (DEPLOY / "settings.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def nginx_here(folder: Path, listen: int, ports: Mapping[str, int], **other: str):
    """Lay the files of nginx out in a folder, with other ports and places; return its command.

    `other` files, by their names without `.conf`, are taken from those of other names.
    """
    for place in ("tmp", "signs"):
        (folder / place).mkdir(parents=True)
    moved = {
        TEMPORARY: f"{folder}{TEMPORARY}",
        "listen 8080;": f"listen 127.0.0.1:{listen};",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        SIGNS: f"{folder}/signs",
        STATIC: f"{ROOT}/src/townsquare/core/web/static/",
        **{f"127.0.0.1:{PORTS[part]}": f"127.0.0.1:{port}" for part, port in ports.items()},
    }
    for name in ("nginx", "upstreams", "own-headers"):
        text = (DEPLOY / f"{other.get(name, name)}.conf").read_text()
        for written, ours in moved.items():
            text = text.replace(written, ours)
        (folder / f"{name}.conf").write_text(text)
    # Its workers would be nobody, who may not see the folder of a test that root runs.
    user = "user root;" if os.geteuid() == 0 else ""
    places = ("-p", str(folder), "-e", "stderr", "-c", "nginx.conf")
    return here(("nginx", *places, "-g", f"daemon off; {user}"), {})
