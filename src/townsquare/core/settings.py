"""Everything an operator can choose, in one typed object."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from townsquare.core.errors import Invalid
from townsquare.core.rates import DEFAULTS, table
from townsquare.core.words import translatable

PREFIX, FROM_FILE = "TOWNSQUARE_", "_FILE"
LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z0-9]+)*")
ENGINE = re.compile(r"[\w.-]+=[\w.]+:\w+")
ADDRESS = r"https?://[^\s/@?#]+/?"
DATABASE = r"(sqlite|postgresql\+psycopg)://\S*"
REDIS = r"(redis|rediss|unix)://\S+"
SERVER = r"([^\s:/@]+(:[0-9]{1,5})?)?"
KEY = "[0-9a-f]{64}"
SIGNING = r".{16,}"
OUTSIDE_DEMO = "outside-demo"
SAMPLE_KEY = "only-for-demonstration"  # Outside the demo the start is refused with it.


class BadSettings(Invalid):
    """The environment names options that do not exist, or values that cannot be read."""

    code = "core.bad-settings"
    message = translatable(
        "These settings cannot be used. {settings}. Correct them and start again."
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _keys(text: str) -> tuple[str, ...]:
    read = _like(SIGNING, translatable("give each at least 16 characters, made by chance"))
    return tuple(str(read(word)) for word in _words(text))


def _hexadecimal_keys(text: str) -> tuple[str, ...]:
    read = _like(KEY, translatable("write each as 64 hexadecimal digits"))
    return tuple(str(read(word)) for word in _words(text))


def _languages(text: str) -> tuple[str, ...]:
    if not text.split() or not all(LANGUAGE.fullmatch(word) for word in text.split()):
        raise ValueError(translatable("write language codes with blanks between, like: en fil"))
    return _words(text)


def _pairs(text: str) -> dict[str, str]:
    if not all(ENGINE.fullmatch(pair) for pair in text.split()):
        raise ValueError(translatable("write pairs like pizza.queue=package.module:factory"))
    return dict(pair.split("=", 1) for pair in text.split())


def _object(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text or "{}")
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ValueError(translatable("write a JSON object, or leave it out"))  # noqa: TRY004 (as the other readers)
    return told


def _yes(text: str) -> bool:
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.strip().lower() not in known:
        raise ValueError(translatable("write yes or no"))
    return known[text.strip().lower()]


def _yes_outside_demo(text: str) -> str:
    if text.strip().lower() == OUTSIDE_DEMO:
        return OUTSIDE_DEMO
    return "yes" if _yes(text) else "no"


def _limits(text: str) -> tuple[str, ...]:
    try:
        return table(text)
    except ValueError as error:
        hint = translatable("write classes like read=300/min,600/min or sign-up=-,5/h")
        raise ValueError(hint) from error


def _amount(text: str) -> int:
    return int(_like(r"[0-9]{1,9}", translatable("write a whole amount, like 5000"))(text))


def _few(text: str) -> int:
    return int(_like(r"[0-9]", translatable("write how many there are, such as 1"))(text))


def _like(pattern: str, hint: str) -> Callable[[str], str]:
    """Return a reader of what looks like this; `hint` says how to write it."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(hint)
        return text

    return read


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = translatable("there is no such time zone; write one like Europe/Athens")
        raise ValueError(hint) from error
    return text


def _address(text: str) -> str:
    address = _like(ADDRESS, translatable("write an address like https://town.example"))(text)
    return address.rstrip("/")  # Paths that begin with a slash are put behind it.


def _option(sentence: str, read: Callable[[str], object] = str) -> dict[str, object]:
    return {"sentence": sentence, "read": read}


@dataclass(frozen=True)
class Settings:
    """The choices of one town; each has a default that works and a sentence for the manual."""

    data: str = field(
        default="var",
        metadata=_option(
            "The folder of the embedded database, files, keys and logs.",
            _like(r".*\S.*", translatable("write the path of a folder")),
        ),
    )
    database: str = field(
        default="sqlite://",
        metadata=_option(
            "Where the town keeps its records, as an SQLAlchemy URL.",
            _like(
                DATABASE,
                translatable(
                    "write sqlite:////srv/town/town.db or postgresql+psycopg://user@host/database"
                ),
            ),
        ),
    )
    secret_key: str = field(
        default=SAMPLE_KEY,
        metadata=_option(
            "What signs cookies and links; long, random and never shared.",
            _like(SIGNING, translatable("give it at least 16 characters, made by chance")),
        ),
    )
    secret_keys_before: tuple[str, ...] = field(
        default=(),
        metadata=_option(
            "Keys that signed before, or will sign next: what they have signed is still taken.",
            _keys,
        ),
        repr=False,
    )
    audit_key: str = field(
        default="",
        metadata=_option(
            "What signs the audit: 32 bytes as 64 hexadecimal digits, the same for all processes.",
            _like(f"({KEY})?", translatable("write 64 hexadecimal digits, or nothing")),
        ),
        repr=False,
    )
    audit_keys_before: tuple[str, ...] = field(
        default=(),
        metadata=_option(
            "Keys that signed the audit before, the oldest first: what they have signed verifies.",
            _hexadecimal_keys,
        ),
        repr=False,
    )
    audit_heads: str = field(
        default="",
        metadata=_option(
            "A folder on another volume that takes the signed heads of the audit, one small file a"
            " day and one with each backup; none are written without it."
        ),
    )
    backup_key: str = field(
        default="",
        metadata=_option(
            "What backups are encrypted with, 32 bytes as 64 hexadecimal digits; keep it apart.",
            _like(f"({KEY})?", translatable("write 64 hexadecimal digits, or nothing")),
        ),
        repr=False,
    )
    demo: bool = field(
        default=False,
        metadata=_option("Whether this is a demonstration: sign-in by one click, a ribbon.", _yes),
    )
    name: str = field(
        default="San Roque",
        metadata=_option(
            "The name of the town.", _like(r".*\S.*", translatable("give the town a name"))
        ),
    )
    zone: str = field(
        default="Asia/Manila", metadata=_option("The time zone of the town, by IANA name.", _zone)
    )
    currency: str = field(
        default="PHP",
        metadata=_option(
            "The currency of the town, by ISO 4217 code.",
            _like(r"[A-Z]{3}", translatable("write three capital letters, like EUR")),
        ),
    )
    outgoing_near: tuple[str, ...] = field(
        default=(),
        metadata=_option(
            "Hosts with their ports, like 127.0.0.1:8001, that may be called over plain HTTP and in"
            " a private network; for development.",
            _words,
        ),
    )
    refund_limit_minor: int = field(
        default=5000,
        metadata=_option(
            "How much of one payment a person alone may pay back, in the smallest unit of the"
            " currency; above it a second one has to agree.",
            _amount,
        ),
    )
    proxies: int = field(
        default=0,
        metadata=_option(
            "How many proxies stand before this town and say in X-Forwarded-For who has called.",
            _few,
        ),
    )
    public_url: str = field(
        default="http://127.0.0.1:8000",
        metadata=_option(
            "The address that people use; links in mails begin with it, other names are refused.",
            _address,
        ),
    )
    require_second_factor: str = field(
        default=OUTSIDE_DEMO,
        metadata=_option(
            "Whether staff who handle money or accounts have to set up a second step before"
            " anything else that they may do as staff: yes, no or outside-demo.",
            _yes_outside_demo,
        ),
    )
    limits: tuple[str, ...] = field(
        default=DEFAULTS,
        metadata=_option(
            "How often each class of address may be asked for, by one account or token and, behind"
            " the comma, from one network; classes that are left out keep their default, and all="
            " stands for every one. Spans are s, min, h and day; - is not counted.",
            _limits,
        ),
    )
    redis_url: str = field(
        default="",
        metadata=_option(
            "The Redis that counts for all processes together, like redis://localhost:6379/0;"
            " without one each process counts for itself.",
            _like(f"({REDIS})?", translatable("write an address like redis://localhost:6379/0")),
        ),
        repr=False,
    )
    services: tuple[str, ...] = field(
        default=(),
        metadata=_option(
            "The services to run, by name, or none; all of them if this is not set.", _words
        ),
    )
    languages: tuple[str, ...] = field(
        default=("en",),
        metadata=_option("The languages offered, the first one being the default.", _languages),
    )
    mail_server: str = field(
        default="",
        metadata=_option(
            "The SMTP server as host:port; without one, mails go to a folder.",
            _like(SERVER, translatable("write host:port, like mail.example:25")),
        ),
    )
    mail_from: str = field(
        default="townsquare@localhost",
        metadata=_option(
            "The sender of the mails.",
            _like(r"[^\s@]+@[^\s@]+", translatable("write one mail address")),
        ),
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
    faults: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=_option(
            "What is to go wrong at which named point of the program, as JSON; for its tests, and"
            " refused outside a demonstration.",
            _object,
        ),
    )
    metrics: str = field(
        default="",
        metadata=_option(
            "An address of its own, like 127.0.0.1:9100, where this process shows figures for"
            " Prometheus at /metrics; nothing is counted without one.",
            _like(
                r"(([^\s:/@]+|\[[0-9a-f:]+\]):[0-9]{1,5})?",
                translatable("write address:port, like 127.0.0.1:9100"),
            ),
        ),
    )
    traces: str = field(
        default="",
        metadata=_option(
            "Where traces go by OTLP over HTTP, like http://127.0.0.1:4318; needs the extra"
            " tracing.",
            _like(f"({ADDRESS})?", translatable("write an address like http://127.0.0.1:4318")),
        ),
    )
    trust_traceparent: bool = field(
        default=False,
        metadata=_option(
            "Whether the proxy before this town may name the trace of a request; only where it"
            " takes traceparent from nobody else.",
            _yes,
        ),
    )
    engines: Mapping[str, str] = field(
        default_factory=dict,
        metadata=_option("Ports that leave their embedded engine, as port=module:factory.", _pairs),
    )

    @property
    def second_factor_required(self) -> bool:
        """Tell whether staff who handle money or accounts need a second step in this town."""
        chosen = self.require_second_factor
        return not self.demo if chosen == OUTSIDE_DEMO else chosen == "yes"

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """Return the key that signs, and after it those whose signatures are still taken."""
        return (self.secret_key, *self.secret_keys_before)

    @property
    def folder(self) -> Path:
        """Return the data folder."""
        return Path(self.data)


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return the settings named TOWNSQUARE_… in the environment, or say all that is wrong."""
    known = {f"{PREFIX}{option.name.upper()}": option for option in fields(Settings)}
    read: dict[str, Any] = {}
    wrong: list[str] = []
    for name in sorted(name for name in environment if name.startswith(PREFIX)):
        try:
            option, text = _given(name, environment, known)
            read[option.name] = option.metadata["read"](text)
        except (ValueError, OSError) as error:
            wrong.append(f"{name}: {error.strerror if isinstance(error, OSError) else error}")
    if wrong:
        raise BadSettings(settings="; ".join(wrong))
    read.setdefault("database", f"sqlite:///{read.get('data', 'var')}/town.db")
    return Settings(**read)


def _given(
    name: str, environment: Mapping[str, str], known: Mapping[str, Field[Any]]
) -> tuple[Field[Any], str]:
    """Return the setting of this name with its text, or with what stands in its file."""
    if name in known:
        return known[name], environment[name]
    plain = name.removesuffix(FROM_FILE)
    if plain not in known:
        near = get_close_matches(name, known, 1)
        hint = f"; {near[0]} is one" if near else ""
        message = f"there is no such setting{hint}"
        raise ValueError(message)
    if plain in environment:
        message = f"{plain} is given as well; keep one of them"
        raise ValueError(message)
    return known[plain], Path(environment[name]).read_text(encoding="utf-8").rstrip("\r\n")
