"""New rules as a form: a row of fields for each line, and back to the rules that are meant."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from flask import request
from flask_babel import gettext as _
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, create_model
from pydantic_core import PydanticKnownError

from townsquare.core.errors import DomainError, Invalid
from townsquare.core.usecase import Command
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.forms import Field as Asked
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import Line
from townsquare.services.library.commands.lending import FIRST_DAY, LAST, LAST_DAY, PublishRules
from townsquare.services.library.commands.tariffs import CODE
from townsquare.services.library.errors import BadRule, PastDate
from townsquare.services.library.pages.money import Price, minor, written
from townsquare.services.library.results.lending import RuleShown
from townsquare.services.library.results.states import (
    CLASSES,
    FINE_MODES,
    MATERIALS,
    POLICY_FIELDS,
)
from townsquare.services.library.rules.policy import NEGATED, Policy
from townsquare.services.library.usecases.policies import AMOUNTS, KNOWN, TEN_YEARS

# What the conditions of a rule are about.
CONDITIONS = {
    "class": translatable("Class"),
    "item_type": translatable("Type of copy"),
    "material": translatable("Material"),
    "branch": translatable("Branch"),
}
# What most libraries decide for each line; everything else is folded away.
OFTEN = (
    *("days", "term_ends_on", "renewals", "limit", "reading_room_only"),
    *("fine_minor", "cap_minor", "grace_days", "fine_mode"),
)
ONLY_TRY = "only_try"  # The button that publishes nothing.
ADD, TAKE_OUT, MORE = "add", "take_out", "more"  # The buttons that only change the form.
OPEN = "open"  # Which lines show all their fields.
PREFIX = re.compile(r"(\d{1,3})-")
ALL_BUT = translatable("all but")
LONGEST = 1000
NO_AMOUNT = translatable("Enter an amount like 2.50, or the code of a tariff.")
_PRICE: TypeAdapter[Decimal] = TypeAdapter(Price)


class NewRules(Command):
    """What new rules say beside their lines."""

    valid_from: date | None = Field(
        default=None,
        title=translatable("In force from"),
        description=translatable("Empty for at once"),
        le=LAST_DAY,
    )
    based_on: int | None = Field(default=None, ge=0, le=LAST)


def _amount_or_code(text: str) -> Decimal | str:
    """Return the amount that was typed, or the code of the tariff that it follows."""
    try:
        return _PRICE.validate_python(text)
    except ValidationError as error:
        told: Any = error.errors()[0]
        if told["type"] == "value_error":  # An amount that cannot be paid.
            raise ValueError(str(told["ctx"]["error"])) from error
        if told["type"] not in {"decimal_parsing", "finite_number"}:  # Both can be words.
            raise PydanticKnownError(told["type"], told.get("ctx")) from error
        if re.fullmatch(CODE, text) is None:
            raise ValueError(_(NO_AMOUNT)) from error
        return text


AMOUNT_OR_CODE = Annotated[Line, Field(max_length=40), AfterValidator(_amount_or_code)]


def _field(name: str, kind: object) -> tuple[Any, Any]:
    """Return how a form asks for a field of a policy."""
    title = POLICY_FIELDS[name]
    if name in AMOUNTS:
        return AMOUNT_OR_CODE, Field(title=title)
    known: dict[object, tuple[Any, Any]] = {
        int: (int, Field(title=title, ge=0, le=TEN_YEARS)),
        bool: (bool, Field(default=False, title=title)),
        str: (Literal["off", "test", "on"], Field(title=title)),
        date | None: (date | None, Field(default=None, title=title, ge=FIRST_DAY, le=LAST_DAY)),
    }
    return known[kind]


_ASKED: dict[str, Any] = {
    "priority": (int, Field(title=translatable("Line"), ge=1, le=9999)),
    **{
        name: (Line, Field(default="", title=title, max_length=LONGEST))
        for name, title in CONDITIONS.items()
    },
    **{name: _field(name, kind) for name, kind in KNOWN.items()},
}
# One line as people fill it in: a field for each condition and for each field of a policy.
RuleTyped = create_model("RuleTyped", __base__=Command, **_ASKED)


class LineOfRules:
    """The fields of one line; its number tells their names apart from those of other lines."""

    def __init__(self, number: int, values: Mapping[str, object]) -> None:
        self.number = number
        modes = [(mode, _(word)) for mode, word in FINE_MODES.items()]
        self.form: CommandForm[Command] = CommandForm(
            RuleTyped, prefix=f"{number}-", values=values, choices={"fine_mode": modes}
        )
        for name in CONDITIONS:
            self.form[name].kind = "text"

    @property
    def title(self) -> str:
        """Return what this line is called on the page."""
        priority = self.form["priority"].value
        return str(_("Line %(n)s", n=priority) if priority else _("New line"))

    @property
    def often(self) -> list[Asked]:
        """Return the fields that are always in sight, the priority first."""
        return [self.form[name] for name in ("priority", *CONDITIONS, *OFTEN)]

    @property
    def seldom(self) -> list[Asked]:
        """Return the fields that are folded away."""
        return [self.form[name] for name in KNOWN if name not in OFTEN]

    @property
    def unfolded(self) -> bool:
        """Tell whether all fields are in sight: as asked for, or because one was refused."""
        asked = request.form.getlist(OPEN) + request.form.getlist(MORE)
        return str(self.number) in asked or any(field.errors for field in self.seldom)

    @property
    def errors(self) -> Iterator[tuple[Asked, str]]:
        """Return each refused field, named together with its line."""
        for asked, told in self.form.errors:
            yield replace(asked, label=f"{self.title}, {asked.label}"), told


class FormOfRules:
    """The lines of new rules on a page: the present ones, or as they were sent."""

    def __init__(
        self, houses: Sequence[tuple[str, str]], present: Sequence[RuleShown] = (), newest: int = 0
    ) -> None:
        sent = [name for name in request.form if PREFIX.match(name)]
        self._words = {
            "class": {code: str(_(word)) for code, word in CLASSES.items()},
            "material": {code: str(_(word)) for code, word in MATERIALS.items()},
            "branch": _clear(houses),
            "item_type": {},
        }
        self.head = CommandForm(
            NewRules,
            beside=(ONLY_TRY, ADD, TAKE_OUT, MORE, OPEN, *sent),
            values={"based_on": newest},
            hidden=("based_on",),
        )
        self.lines = [LineOfRules(n, self._typed(rule)) for n, rule in enumerate(present)]
        numbers = sorted({int(name.partition("-")[0]) for name in sent})
        self.next = (numbers[-1] if numbers else len(self.lines) - 1) + 1
        gone = request.form.get(TAKE_OUT)
        self.lines += [LineOfRules(n, {}) for n in numbers if str(n) != gone]
        self._places: dict[object, LineOfRules] = {}
        if request.form.get(ADD):
            fresh = RuleShown(0, {}, vars(Policy()), {})
            self.lines.append(LineOfRules(self.next, {**self._typed(fresh), "priority": ""}))
            self.next += 1

    @property
    def only_changes_lines(self) -> bool:
        """Tell whether a button was pressed that only shows more, or other, lines."""
        return any(request.form.get(button) for button in (ADD, TAKE_OUT, MORE))

    @property
    def once(self) -> str:
        """Return the token with which these rules are published once."""
        return self.head.once

    @property
    def problems(self) -> list[str]:
        """Return what is wrong with no field in particular."""
        return [*self.head.problems, *(told for line in self.lines for told in line.form.problems)]

    @property
    def errors(self) -> list[tuple[Asked, str]]:
        """Return each refused field with its first sentence, for the summary on top."""
        return [*self.head.errors, *(told for line in self.lines for told in line.errors)]

    @property
    def failed(self) -> bool:
        """Tell whether anything was refused."""
        return bool(self.problems or self.errors)

    def read(self) -> PublishRules | None:
        """Return the rules that are meant; None, with the errors at their fields."""
        head = self.head.read()
        lines = [line.form.read() for line in self.lines]
        if head is None or any(line is None for line in lines):
            return None
        rules = [self._meant(dict(line)) for line in lines if line]
        self._places = {r["priority"]: line for r, line in zip(rules, self.lines, strict=True)}
        try:
            return read(PublishRules, {"rules": rules, **dict(head)})
        except Invalid as error:
            self.head.refuse(error.fields)
            return None

    def refuse(self, error: DomainError) -> None:
        """Put what was refused at its line and field, or on top."""
        told = sentence(error)
        if isinstance(error, BadRule):
            line = self._places[error.facts["priority"]]  # The last one, if it stands twice.
            line.form.refuse({str(error.facts["field"]): told})
        else:
            self.head.refuse({"valid_from" if isinstance(error, PastDate) else "": told})

    def _typed(self, rule: RuleShown) -> dict[str, object]:
        """Return a line as people write it: amounts with a point, conditions as words."""
        policy = {
            name: written(value) if name in AMOUNTS and isinstance(value, int) else value
            for name, value in rule.policy.items()
        }
        conditions = {
            name.removeprefix(NEGATED): self._listed(name, values)
            for name, values in rule.conditions.items()
        }
        return {"priority": rule.priority, **policy, **conditions}

    def _listed(self, name: str, values: Iterable[str]) -> str:
        known = self._words[name.removeprefix(NEGATED)]
        listed = ", ".join(_quoted(known.get(value, value)) for value in values)
        return f"{_(ALL_BUT)} {listed}" if name.startswith(NEGATED) else listed

    def _meant(self, typed: dict[str, Any]) -> dict[str, Any]:
        """Return the line of rules that somebody means who typed this."""
        conditions = dict(self._condition(name, typed[name]) for name in CONDITIONS if typed[name])
        policy = {name: _plain(typed[name]) for name in KNOWN}
        return {"priority": typed["priority"], "conditions": conditions, "policy": policy}

    def _condition(self, name: str, text: str) -> tuple[str, list[str]]:
        all_but = str(_(ALL_BUT))
        negated = text.casefold().startswith(all_but.casefold())
        listed = text[len(all_but) :] if negated else text
        values = [v.strip() for v in next(csv.reader([listed], skipinitialspace=True), ())]
        codes = [self._code(name, value) for value in values if value]
        return f"{NEGATED}{name}" if negated else name, codes

    def _code(self, name: str, value: str) -> str:
        """Return the code that somebody means: the code itself comes before any word for it."""
        known = self._words[name]
        if value in known:
            return value
        meant = (code for code, word in known.items() if word.casefold() == value.casefold())
        return next(meant, value)


def _clear(houses: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the houses by their codes, each by its name if no other could be meant by it."""
    names = Counter(word for house in houses for word in {part.casefold() for part in house})
    return {code: name if names[name.casefold()] == 1 else code for code, name in houses}


def _quoted(word: str) -> str:
    """Return a word of a list; one that could be read as more than one stands in quotes."""
    unclear = "," in word or '"' in word or word.casefold().startswith(str(_(ALL_BUT)).casefold())
    return '"{}"'.format(word.replace('"', '""')) if unclear else word


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return minor(value)
    return value.isoformat() if isinstance(value, date) else value
