"""A town whose upload addresses are knocked at, and what is left behind afterwards."""

import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.services.grocery.conftest import OPEN
from tests.uploads.files import Sent
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.usecases.shop import open_grocery

IMPORTS, FIGURES = "/library/imports", "/library/reports/published"
GOODS = "/grocery/staff/imports"
REFUSED = {400, 413, 415, 422}
FIRST = re.compile(r'<option value="([^"]*)"[^>]*>')
TABLES = ("core_file", "core_import", "core_import_row", "core_job", "core_outbox", "core_audit")
MADE = ("library_document", "library_branch", "catalogue_item")


@dataclass
class Town:
    """Knocks at the addresses that take files; tells what was kept and what was made of it."""

    town: object
    person: object
    temporary: Path

    def send(self, address, sent: Sent, name="file"):
        """Return the answer to this upload."""
        body, kind = sent.whole(name)
        told = {"X-CSRF-Token": self.person.token}
        promised = {"CONTENT_LENGTH": str(sent.length or len(body))}
        return self.person.client.post(
            address, data=body, content_type=kind, headers=told, environ_overrides=promised
        )

    def counted(self, tables=TABLES):
        with self.town.database.connect() as db:
            return {t: db.scalar(text(f"SELECT count(*) FROM {t}")) for t in tables}

    def made(self):
        return sum(self.counted(MADE).values())

    def files(self):
        """Return everything that lies in the storage and in the temporary folder."""
        kept = [path for path in (self.town.settings.folder / "files").rglob("*") if path.is_file()]
        return {*kept, *self.temporary.rglob("*"), *_held(self.temporary)}

    def carried_out(self, address):
        """Carry an import out, its columns chosen if it asks; return what went wrong."""
        page, said = self.person.client.get(address), []
        if 'name="column-title"' in page.text:
            column = FIRST.findall(page.text.partition('name="column-title"')[2])[1]
            told = {"csrf_token": self.person.token, "column-title": unescape(column)}
            chosen = self.person.client.post(f"{address}/columns", data=told)
            if chosen.status_code not in {303, 422}:
                said.append(f"its columns answer {chosen.status_code}")
            self.apply(address)
        Worker(self.town).drain()
        with self.town.database.connect() as db:
            stuck = "SELECT name, state, reason FROM core_job WHERE state <> 'done'"
            said += [f"work is left: {job}" for job in db.execute(text(stuck))]
            db.commit()
        rows = [] if address.startswith(GOODS) else [f"{address}/rows.csv"]  # There on the page.
        return said + self.unread(address, *rows)

    def unread(self, *paths):
        """Return which of these pages cannot be read."""
        found = {path: self.person.client.get(path).status_code for path in paths}
        return [f"{path} answers {status}" for path, status in found.items() if status >= 400]

    def apply(self, address):
        """Try first, then take in for good, as the page does where columns were chosen."""
        Worker(self.town).drain()
        self.person.client.post(f"{address}/apply", data={"csrf_token": self.person.token})


def _held(folder):
    """Return the files without a name that this process still holds open in a folder."""
    links = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            links.append(str(link.readlink()))
    return {found for found in links if found.startswith(str(folder))}


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The temporary folder of this test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def door(town, signed_in, temporary):
    roles = sorted({name for service in town.services for name in service.roles})
    with town.working(Actor(1, "Lena Cruz", MANAGING)) as ctx:
        open_grocery(ctx, OpenShop.model_validate(OPEN))
    return Town(town, signed_in("administrator", *roles), temporary)
