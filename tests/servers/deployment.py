"""The files of deploy/, read as the programs that they are for read them."""

import os
import re
import shlex
from pathlib import Path

import yaml

from tests.kit.recipes import ROOT, here

DEPLOY = ROOT / "deploy"
UNITS = {
    name: DEPLOY / "systemd" / f"townsquare-{name}.service" for name in ("web", "live", "worker")
}
PORTS = {"web": 8001, "live": 8002, "worker": 8003}
TEMPORARY = "/tmp/"  # noqa: S108 (of the container; here it is a folder of the test)
STATIC = "/opt/townsquare/lib/python3.11/site-packages/townsquare/core/web/static/"


def options(unit):
    """Return what a unit says, as (name, text) in its order."""
    lines = (line for line in unit.read_text().splitlines() if re.match(r"\w+=", line))
    return [tuple(line.split("=", 1)) for line in lines]


def command_of(unit):
    """Return the command of a unit, with the program by its name."""
    (said,) = [text for name, text in options(unit) if name == "ExecStart"]
    program, *words = shlex.split(said)
    assert program.startswith("/opt/townsquare/bin/")
    return (Path(program).name, *words)


def composed():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def settings_said():
    """Return the settings of the example, by their names."""
    lines = (DEPLOY / "settings.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def nginx_here(folder, listen, ports):
    """Lay the files of nginx out in a folder, with other ports and places; return its command."""
    (folder / "tmp").mkdir(parents=True)
    for name in ("nginx.conf", "upstreams.conf", "static-headers.conf"):
        text = (DEPLOY / name).read_text().replace(TEMPORARY, f"{folder}{TEMPORARY}")
        for part, port in ports.items():
            text = text.replace(f"127.0.0.1:{PORTS[part]}", f"127.0.0.1:{port}")
        text = text.replace("listen 8080;", f"listen 127.0.0.1:{listen};")
        text = text.replace("/run/nginx.pid", f"{folder}/nginx.pid")
        (folder / name).write_text(text.replace(STATIC, f"{ROOT}/src/townsquare/core/web/static/"))
    # Its workers would be nobody, who may not see the folder of a test that root runs.
    user = "user root;" if os.geteuid() == 0 else ""
    places = ("-p", str(folder), "-e", "stderr", "-c", "nginx.conf")
    return here(("nginx", *places, "-g", f"daemon off; {user}"), {})
