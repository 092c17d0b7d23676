"""A whole town of this machine: every part by the command of its unit, behind nginx."""

import os
import shutil
import signal
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.kit.demo import load_demo
from tests.kit.recipes import Running, end, here, until_listening
from tests.kit.servers import HOST, free_port
from tests.kit.visitors import PATIENCE
from tests.servers.deployment import (
    PORTS,
    around,
    command_of,
    nginx_here,
    options,
    settings_said,
    unit_of,
)


@dataclass
class Whole:
    """The running town: its door, its parts by name, and what they were told."""

    folder: Path
    ports: dict[str, int]
    door: int
    settings: dict[str, str]
    parts: dict[str, Running] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start parts as systemd does, and wait until each answers itself."""
        for name in names:
            self._around(name, "ExecStartPre")
            command = here(command_of(name), {PORTS[name]: self.ports[name]})
            self.parts[name] = self._run(name, command, self.ports[name])
        for name in names:
            self._around(name, "ExecStartPost")
            until_listening(self.parts[name])

    def start_nginx(self):
        command = nginx_here(self.folder / "nginx", self.door, self.ports)
        self.parts["nginx"] = self._run("nginx", command, self.door)

    def stop(self, name):
        """Stop a part as systemd does, and return how it ended."""
        self._around(name, "ExecStop")
        self.parts[name].process.send_signal(signal.SIGTERM)
        return self.parts[name].process.wait(PATIENCE)

    def sign(self, name):
        """Return the sign that tells nginx that a web process is away."""
        return self.folder / "nginx" / "signs" / f"{name.partition('@')[2]}.away"

    def _around(self, name, wanted):
        for command in around(name, wanted, self.folder / "nginx" / "signs", self.ports[name]):
            subprocess.run(command, check=True, timeout=PATIENCE)

    def _run(self, name, command, port):
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                env={**os.environ, **self.settings},
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=self.folder,
            )
        return Running(process, port, log)


def secrets_of(unit, folder):
    """Return what a unit says of its secrets, laid into files as systemd does."""
    (folder / "secret_key").write_text("of-the-recipe-and-long-enough\n")
    (folder / "audit_key").write_text("5e" * 32 + "\n")
    said = (text.split("=", 1) for name, text in options(unit) if name == "Environment")
    return {name: text.replace("%d", str(folder)) for name, text in said}


def settings_here(folder, database, redis, *, door):
    """Return what every part of a town in this folder is told; its secrets are laid into it."""
    return {
        **settings_said(),
        **secrets_of(unit_of("live"), folder),
        "TOWNSQUARE_PUBLIC_URL": f"http://{HOST}:{door}",
        "TOWNSQUARE_DATABASE": database,
        "TOWNSQUARE_REDIS_URL": redis,
        "TOWNSQUARE_LIMITS": "all=1000000/min,1000000/min",  # One machine plays many people.
        "TOWNSQUARE_DATA": str(folder / "data"),
        "TOWNSQUARE_DEMO": "yes",
    }


def found_town(folder, database, redis):
    """Make the demo town that whole towns are copies of, while none of their parts is running."""
    folder.mkdir()
    load_demo(settings_here(folder, database, redis, door=PORTS["live"]))


@contextmanager
def whole_town(folder, database, redis, *, like):
    """Run a town that has the files of another one, and a copy of its database."""
    folder.mkdir()
    if os.geteuid() == 0:
        folder.chmod(0o755)
    shutil.copytree(like / "data", folder / "data")
    door = free_port()
    settings = settings_here(folder, database, redis, door=door)
    made = Whole(folder, {name: free_port() for name in PORTS}, door, settings)
    with ExitStack() as stack:
        stack.callback(lambda: [end(made.parts[name].process) for name in [*made.parts]])
        made.start_nginx()
        made.start(*PORTS)
        until_listening(made.parts["nginx"])
        yield made
