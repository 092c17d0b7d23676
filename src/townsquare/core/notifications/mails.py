"""Mails: words from text templates, carried by SMTP or laid into a folder."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

import townsquare
from townsquare.core.errors import Invalid
from townsquare.core.jobs.running import Errand
from townsquare.core.manifest import Service
from townsquare.core.notifications.telling import ADDRESS, MAIL_JOB, BadAddress, SendMail
from townsquare.core.settings import Settings
from townsquare.core.town import Town
from townsquare.core.words import role_title, translatable

if TYPE_CHECKING:  # Programs load what writes and carries mails with the first one, not before.
    import smtplib
    from email.message import EmailMessage

PARTS = "%s/*/templates"
CONNECT_SECONDS = 10
PERMANENT = 500  # SMTP answers from here on do not change by trying again.


class MailRefused(Invalid):
    """The mail server will never take this mail."""

    code = "core.mail-refused"
    message = translatable("The mail server refuses this mail ({status}); look at the address.")


class Carrier(Protocol):
    """Something that takes a mail and brings it on its way."""

    def carry(self, mail: "EmailMessage", name: str) -> None:
        """Take the mail; the same name twice is the same mail."""


class Folder:
    """Lays mails into a folder, one file each, for the demo and for towns without a server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def carry(self, mail: "EmailMessage", name: str) -> None:
        """Write the mail in one move, so that nobody reads half of it."""
        from email.policy import SMTP  # noqa: PLC0415 (as above)

        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f"{name}.draft"
        draft.write_bytes(mail.as_bytes(policy=SMTP))
        draft.replace(self._folder / f"{name}.eml")


class Smtp:
    """Gives mails to an SMTP server, encrypted wherever the server can."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def carry(self, mail: "EmailMessage", name: str) -> None:  # noqa: ARG002 (it is the Message-ID)
        """Send the mail to its one recipient; a lasting refusal is a MailRefused."""
        import smtplib  # noqa: PLC0415 (as above)

        host, _, port = self._settings.mail_server.partition(":")
        try:
            with smtplib.SMTP(host, int(port or 25), timeout=CONNECT_SECONDS) as server:
                self._greet(server)
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            status = max(code for code, _ in error.recipients.values())
            if status >= PERMANENT:
                raise MailRefused(status=status) from error
            raise

    def _greet(self, server: "smtplib.SMTP") -> None:
        import ssl  # noqa: PLC0415 (as above)

        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if self._settings.mail_user:
            server.login(self._settings.mail_user, self._settings.mail_password)


def carrier(settings: Settings) -> Carrier:
    """Return what carries the mails of this town; a demonstration never writes to strangers."""
    if settings.demo or not settings.mail_server:
        return Folder(settings.folder / "mail")
    return Smtp(settings)


def send(town: Town, wish: SendMail, public_id: str) -> None:
    """Write the mail and bring it on its way; the id keeps a repeated try the same mail."""
    carrier(town.settings).carry(compose(town, wish, public_id), public_id)


def compose(town: Town, wish: SendMail, public_id: str) -> "EmailMessage":
    """Return the mail: one recipient, plain text, the first line of the template as subject."""
    from email.message import EmailMessage  # noqa: PLC0415 (as above)
    from email.utils import format_datetime  # noqa: PLC0415 (as above)

    if not ADDRESS.fullmatch(wish.to):
        raise BadAddress
    subject, body = words(town, wish.template, wish.facts)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = town.settings.mail_from, wish.to, subject
    mail["Date"] = format_datetime(town.now())
    mail["Message-ID"] = f"<{public_id}@{town.settings.mail_from.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    # From two dashes on it is a signature: programs fold it, and everybody sees who writes.
    mail.set_content(f"{body}\n-- \n{town.settings.name}\n{town.settings.public_url}\n")
    return mail


def words(town: Town, template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the first line and the rest of a template, filled in with the facts."""
    names = {"town": town.settings.name, "public_url": town.settings.public_url}
    folders, language = folders_of(town.services), town.settings.languages[0]
    first, rest = _parts(folders, language, template, zone=town.settings.zone)
    # A fact of two lines must not become a header of its own, nor end the subject.
    subject = " ".join(first.render({**names, **facts}).split())
    return subject, rest.render({**names, **facts}).strip() + "\n"


def folders_of(services: tuple[Service, ...]) -> tuple[str, ...]:
    """Return where templates live: in the core, in the blocks, and in each service."""
    ours = Path(townsquare.__file__).parent
    house = sorted(str(path) for part in ("core", "blocks") for path in ours.glob(PARTS % part))
    served = [
        str(Path(bp.root_path) / bp.template_folder)
        for service in services
        for bp in service.blueprints
        if bp.template_folder
    ]
    return (*house, *served)


@lru_cache
def _parts(
    folders: tuple[str, ...], language: str, template: str, *, zone: str
) -> tuple[Template, Template]:
    loader = FileSystemLoader(folders)
    writer = Environment(loader=loader, undefined=StrictUndefined, autoescape=False)  # noqa: S701 (plain text)
    writer.globals["_"] = _said
    writer.filters["role_title"] = role_title
    writer.filters["day"] = lambda when: format_date(_day(when, zone), "long", language)
    writer.filters["money"] = lambda minor, currency: _money(minor, currency, language)
    first, _, rest = loader.get_source(writer, template)[0].lstrip().partition("\n")
    return writer.from_string(first), writer.from_string(rest)


def _said(text: str, **facts: object) -> str:
    return text % facts if facts else text


def _day(when: str, zone: str) -> date:
    """Return the day that is meant; of a moment, the day that it is in the town."""
    if "T" not in when:
        return date.fromisoformat(when)
    return datetime.fromisoformat(when).astimezone(ZoneInfo(zone)).date()


def _money(minor: int, currency: str, language: str) -> str:
    digits = get_currency_precision(currency)
    return format_currency(Decimal(minor).scaleb(-digits), currency, locale=language)


SEND_MAIL = Errand(MAIL_JOB, send, SendMail)
