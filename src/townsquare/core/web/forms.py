"""The form of a command: labels, hints and bounds from pydantic, drawn by the macros of ui/."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from secrets import token_urlsafe
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from flask import request
from flask_babel import gettext

from townsquare.core.errors import Invalid, UnknownField
from townsquare.core.usecase import Command
from townsquare.core.web.errors import sentence
from townsquare.core.web.reading import read, refuse_unknown
from townsquare.core.words import translatable

Wish = TypeVar("Wish", bound=Command)
Choices = Iterable[tuple[object, str]]
LONG_TEXT = 200
NOTHING: Mapping[str, Any] = MappingProxyType({})
KINDS = {"integer": "number", "number": "number", "boolean": "checkbox"}
FORMATS = {
    "date": "date",
    "date-time": "datetime",
    "email": "email",
    "password": "password",
    "new-password": "password",
}
OFFERED = {"new-password", "one-time-code"}  # What a browser makes up or fills in by itself.
BOUNDS = {"maxLength": "maxlength", "minimum": "min", "maximum": "max"}
ONCE = "once"  # The hidden one-use token beside the fields of the command.
YES, NO = translatable("yes"), translatable("no")
NOW = translatable("“%(value)s” stands here now; what you typed is taken when you save again.")
NOW_EMPTY = translatable("Nothing stands here now; what you typed is taken when you save again.")
OWN = frozenset({ONCE, "csrf_token"})  # What every form of ours may carry.


@dataclass
class Field:
    """One field of a command on a page: what it asks, what was typed, what is wrong with it."""

    name: str
    label: str
    hint: str
    kind: str
    value: str
    required: bool
    choices: list[tuple[str, str]] = field(default_factory=list)
    attrs: dict[str, str] = field(default_factory=dict)
    unit: str = ""  # In what it is counted; it stands beside the control.
    errors: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Return the id of the control, to which labels and error lines point."""
        return f"f-{self.name}"

    def shown(self, value: str) -> str:
        """Return a value as people read it here: the words of a choice, yes or no of a checkbox."""
        if self.kind == "checkbox":
            return str(gettext(YES if value == "True" else NO))
        return dict(self.choices).get(value, value)

    @property
    def checked(self) -> bool:
        """Tell whether a checkbox is ticked."""
        return self.value in {"true", "on", "1", "True"}


class CommandForm(Generic[Wish]):
    """One command on a page; it keeps what was typed and shows each error at its field.

    `choices` offers values for a field, `values` fills a fresh form, `hidden` names fields that
    are sent along unseen, `beside` names what the page itself reads. `form.once` belongs into
    `acting(once=…)` of a page that creates. Where one page has several forms of a command, each has
    a `prefix` before its names; one of which nothing was sent is fresh. `asked` is what the address
    says, for a form that only looks.
    """

    def __init__(
        self,
        command: type[Wish],
        *,
        choices: Mapping[str, Choices] = NOTHING,
        values: Mapping[str, object] = NOTHING,
        hidden: Iterable[str] = (),
        beside: Iterable[str] = (),
        prefix: str = "",
        asked: Mapping[str, str] | None = None,
    ) -> None:
        self._command = command
        sent = _sent(prefix) if asked is None else asked
        self._now = values
        unseen = frozenset(hidden)
        self._fields = {
            name: _field(
                prefix + name, about, _typed(name, sent, {name: about.get("default"), **values})
            )
            for name, about in _about(command).items()
        }
        for name in unseen:
            self._fields[name].kind = "hidden"
        for name, offered in choices.items():
            chosen = self._fields[name]
            chosen.kind = "hidden" if name in unseen else "select"
            chosen.choices = [(str(value), label) for value, label in offered]
        for name, about in _about(command).items():
            chosen = self._fields[name]
            # One of them counts in any case: nobody has to leave it empty.
            if about.get("default") and str(about["default"]) in dict(chosen.choices):
                chosen.required = True
        self.once = (sent.get(ONCE) if sent else None) or token_urlsafe(16)
        self.problems: list[str] = []
        self._unknown = {*(sent or ())} - {*self._fields, *OWN, *beside}
        self._others = {n for n in request.form if not n.startswith(prefix)} - {*OWN, *beside}

    def __getitem__(self, name: str) -> Field:
        """Return one field, to be drawn by the macro `field`."""
        return self._fields[name]

    def __iter__(self) -> Iterator[Field]:
        """Return the fields in the order of the command, ready to be drawn."""
        return iter(self._fields.values())

    def alone(self) -> None:
        """Refuse also what has another prefix, or none: this form is the only one that was sent."""
        self._unknown |= self._others

    def renew(self) -> None:
        """Let the form be sent once more: what came of it is shown beside it, to be mended."""
        self.once = token_urlsafe(16)

    @property
    def failed(self) -> bool:
        """Tell whether anything was refused."""
        return bool(self.problems or self.errors)

    @property
    def errors(self) -> list[tuple[Field, str]]:
        """Return each refused field with its first sentence, for the summary on top."""
        return [(field, field.errors[0]) for field in self if field.errors]

    def read(self) -> Wish | None:
        """Return the command; None, with the errors at their fields, if it cannot be read."""
        typed = {n: f.checked if f.kind == "checkbox" else f.value for n, f in self._fields.items()}
        try:
            refuse_unknown(self._unknown)
            return read(self._command, {k: v for k, v in typed.items() if v != ""})
        except UnknownField as error:
            self.problems.append(sentence(error))
            return None
        except Invalid as error:
            self.refuse(error.fields)
            return None

    def named_by(self, facts: Mapping[str, object]) -> str:
        """Return the one field whose text these facts quote; nothing if there is none."""
        told = {fact for fact in facts.values() if isinstance(fact, str) and fact}
        found = [name for name, f in self._fields.items() if f.kind != "hidden" and f.value in told]
        return found[0] if len(found) == 1 else ""

    def catch_up(self) -> bool:
        """Take the version of now, and say at each field that differs what stands there now.

        What was typed stays and is taken when the form is sent again; what nobody could type is
        what stands there now. False, and nothing is said, where the page does not know what is
        there now (`values`), or nothing newer.
        """
        if str(self._now.get("version", "")) in {"", self._fields["version"].value}:
            return False
        self._fields["version"].value = str(self._now["version"])
        seen = [(self._fields[n], value) for n, value in self._now.items() if n in self._fields]
        for its, value in seen:
            now = "" if value is None else str(value)
            same = its.checked == (value is True) if its.kind == "checkbox" else its.value == now
            if its.kind == "hidden":
                its.value = now
            elif not same:
                its.errors.append(gettext(NOW if now else NOW_EMPTY, value=its.shown(now)))
        return True

    def refuse(self, sentences: Mapping[str, str]) -> None:
        """Put each sentence at the field it names; what names no field stands on top."""
        for name, told in sentences.items():
            if name in self._fields:
                self._fields[name].errors.append(told)
            else:
                self.problems.append(told)


def posted(command: type[Wish], *, beside: Iterable[str] = (), **places: str) -> Wish:
    """Return the command behind a button: what its form carries and what the address names.

    `beside` names what the page itself reads; what nothing reads is refused.
    """
    sent = {n: text for n, text in request.form.items() if text and n not in {*OWN, *beside}}
    refuse_unknown(sent.keys() & places.keys())
    return read(command, {**sent, **places})


@cache
def _about(command: type[Command]) -> dict[str, dict[str, Any]]:
    schema = command.model_json_schema()
    shared, needed = schema.get("$defs", {}), schema.get("required", ())
    return {
        name: {**_kind(about, shared), **about, "required": name in needed}
        for name, about in schema.get("properties", {}).items()
    }


def _kind(about: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    # An optional field is "this or null", an enumeration a reference.
    kind = next((k for k in about.get("anyOf", [about]) if k.get("type") != "null"), about)
    return {**kind, **shared.get(kind.get("$ref", "").rpartition("/")[2], {})}


def _sent(prefix: str) -> Mapping[str, str] | None:
    """Return what was sent under the names with this prefix; None for a fresh form."""
    if request.method != "POST":
        return None
    if not prefix:
        return request.form
    found = {n.removeprefix(prefix): v for n, v in request.form.items() if n.startswith(prefix)}
    return found or None


def _typed(name: str, sent: Mapping[str, str] | None, values: Mapping[str, object]) -> str:
    value = values.get(name) if sent is None else sent.get(name)
    return "" if value is None else str(value)


def _field(name: str, about: Mapping[str, Any], value: str) -> Field:
    return Field(
        name=name,
        label=_said(about.get("title", name)),
        hint=_said(about.get("description", "")),
        kind=_control(about),
        value=value,
        required=about["required"],
        choices=[(str(v), _said(str(v))) for v in about.get("enum", ())],
        attrs={html: str(about[bound]) for bound, html in BOUNDS.items() if bound in about}
        | ({"autocomplete": about["format"]} if about.get("format") in OFFERED else {}),
    )


def _control(about: Mapping[str, Any]) -> str:
    if "enum" in about:
        return "select"
    if about.get("format") in FORMATS:
        return FORMATS[about["format"]]
    if about.get("maxLength", 0) > LONG_TEXT:
        return "textarea"
    return KINDS.get(about.get("type", ""), "text")


def _said(text: str) -> str:
    return str(gettext(text)) if text else ""
