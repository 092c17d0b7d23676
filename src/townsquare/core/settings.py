"""Everything an operator can choose, in one typed object."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from townsquare.core.errors import Invalid
from townsquare.core.words import translatable

SAMPLE_KEY = "only-for-demonstration"  # Outside the demo the start is refused with it.


class BadSettings(Invalid):
    """The environment names options that do not exist, or values that cannot be read."""

    code = "core.bad-settings"
    message = translatable("These settings cannot be used: {settings}; correct their names.")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())


def _yes(text: str) -> bool:
    return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}[
        text.strip().lower()
    ]


def _option(sentence: str, read: Callable[[str], object] = str) -> dict[str, object]:
    return {"sentence": sentence, "read": read}


@dataclass(frozen=True)
class Settings:
    """The choices of one town; each has a default that works and a sentence for the manual."""

    data: str = field(
        default="var",
        metadata=_option("The folder of the embedded database, files, keys and logs."),
    )
    database: str = field(
        default="sqlite://",
        metadata=_option("Where the town keeps its records, as an SQLAlchemy URL."),
    )
    secret_key: str = field(
        default=SAMPLE_KEY,
        metadata=_option("What signs cookies and links; long, random and never shared."),
    )
    demo: bool = field(
        default=False,
        metadata=_option("Whether this is a demonstration: sign-in by one click, a ribbon.", _yes),
    )
    name: str = field(default="San Roque", metadata=_option("The name of the town."))
    zone: str = field(
        default="Asia/Manila", metadata=_option("The time zone of the town, by IANA name.")
    )
    currency: str = field(
        default="PHP", metadata=_option("The currency of the town, by ISO 4217 code.")
    )
    public_url: str = field(
        default="http://127.0.0.1:8000",
        metadata=_option("The address that people use; links in mails begin with it."),
    )
    services: tuple[str, ...] = field(
        default=(),
        metadata=_option(
            "The services to run, by name, or none; all of them if this is not set.", _words
        ),
    )
    languages: tuple[str, ...] = field(
        default=("en",),
        metadata=_option("The languages offered, the first one being the default.", _words),
    )
    mail_server: str = field(
        default="",
        metadata=_option("The SMTP server as host:port; without one, mails go to a folder."),
    )
    mail_from: str = field(
        default="townsquare@localhost", metadata=_option("The sender of the mails.")
    )
    mail_user: str = field(
        default="", metadata=_option("Who signs in at the SMTP server; nobody if empty.")
    )
    mail_password: str = field(
        default="", metadata=_option("The password for the SMTP server."), repr=False
    )
    worker: bool = field(
        default=True,
        metadata=_option("Whether the web process also runs jobs; no with own workers.", _yes),
    )
    engines: Mapping[str, str] = field(
        default_factory=dict,
        metadata=_option("Ports that leave their embedded engine, as port=module:factory.", _pairs),
    )

    @property
    def folder(self) -> Path:
        """Return the data folder."""
        return Path(self.data)


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return the settings named TOWNSQUARE_… in the environment; refuse unknown ones."""
    known = {f"TOWNSQUARE_{option.name.upper()}": option for option in fields(Settings)}
    given = {name: text for name, text in environment.items() if name.startswith("TOWNSQUARE_")}
    if unknown := sorted(given.keys() - known.keys()):
        raise BadSettings(settings=", ".join(unknown))
    read = {known[n].name: _value(n, known[n].metadata, t) for n, t in given.items()}
    read.setdefault("database", f"sqlite:///{read.get('data', 'var')}/town.db")
    return Settings(**read)  # type: ignore[arg-type]  # Each value was read by its own option.


def _value(name: str, about: Mapping[str, Callable[[str], object]], text: str) -> object:
    try:
        return about["read"](text)
    except (KeyError, ValueError) as error:
        raise BadSettings(settings=name) from error
