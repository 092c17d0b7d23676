"""What people mark on a page of the booth: as it was typed, as a paper, and what is wrong with it.

Options that are chosen come as values of one field; ranks, points and grades each as a field of its
option, so that every kind of question is answered without a script.
"""

from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import gettext as _

from townsquare.core.words import translatable
from townsquare.services.elections.models.reading import marks_of
from townsquare.services.elections.results.elections import Contest
from townsquare.services.elections.rules.papers import OddRanks, Paper, fits, ranking
from townsquare.services.elections.rules.ways import CHOOSE, GRID, RANK

BLANK, MARK, DIGITS = "blank", "mark-", 3
SHOWN = 5  # Faults that are told at once; the page of a long ballot stays small.
Typed = Mapping[str, list[str]]  # What stands in the fields of one question, empty ones left out.
GRADES = (
    translatable("Reject"),
    translatable("Poor"),
    translatable("Fair"),
    translatable("Good"),
    translatable("Very good"),
    translatable("Excellent"),
)
ODD_RANKS = {
    "range": translatable("Write a rank from 1 to {most} beside {named}, or nothing."),
    "twice": translatable("{named} have the same rank; give each a rank of its own."),
    "skipped": translatable(
        "A rank is left out before that of {named}; go on 1, 2, 3 without gap."
    ),
}
ODD_POINTS = translatable("Write a whole number from 0 to {most} beside {named}, or nothing.")
BOTH = translatable("Either vote blank or fill in something else, not both.")


class Fault(NamedTuple):
    """What is wrong with an answer, and the option beside which it is; none: with all of it."""

    option: str
    said: str


class Answer(NamedTuple):
    """An answer to a question: its paper, and what is wrong, where it cannot be cast."""

    paper: Paper
    faults: list[Fault]


def fields_of(contest: Contest) -> list[str]:
    """Return the names of the fields of a question."""
    own = MARK + contest.code
    if contest.kind == CHOOSE:
        return [own]
    return [own, *(f"{own}-{option.code}" for option in contest.options)]


def answer_of(contest: Contest, typed: Typed) -> Answer:
    """Return what was answered to a question; a blank answer has to be said."""
    own = MARK + contest.code
    marks = typed.get(own, [])
    given = {name.removeprefix(own + "-"): text[-1] for name, text in typed.items() if name != own}
    if contest.kind != CHOOSE and marks and given:
        return Answer([], [Fault("", _(BOTH))])
    if marks == [BLANK]:
        return Answer([], [] if contest.blank else [Fault("", asked(contest))])
    if not given and (not marks or contest.kind != CHOOSE):
        return Answer([], [] if contest.least == 0 else [Fault("", asked(contest))])
    if contest.kind == CHOOSE:
        return _whole(contest, marks)
    return _numbered(contest, given)


def asked(contest: Contest) -> str:
    """Return in words what a question asks for."""
    if contest.kind == RANK:
        told = _(
            "Write 1 beside your first choice, 2 beside the next, and so on: %(least)s to %(most)s"
            " ranks.",
            least=contest.least,
            most=contest.most,
        )
    elif contest.kind == GRID:
        told = _("Give each option a grade; one without a grade gets “%(worst)s”.", worst=grade(0))
    elif contest.kind == CHOOSE and contest.most == 1:
        told = _("Choose one.")
    elif contest.kind == CHOOSE:
        told = _many(contest.least, contest.most)
    else:
        told = _(
            "Give each option 0 to %(most)s points; one without a number gets none.",
            most=contest.greatest,
        )
    return f"{told} {_('Or vote blank.')}" if contest.blank else str(told)


def _many(least: int, most: int) -> str:
    if least in (0, most):
        said = _("Mark %(most)s.") if least else _("Mark up to %(most)s, or none.")
        return str(said % {"most": most})
    return str(_("Mark %(least)s to %(most)s.", least=least, most=most))


def said(contest: Contest, typed: Typed) -> str:
    """Return in words what is marked."""
    paper, _faults = answer_of(contest, typed)
    named = {option.code: option.title for option in contest.options}
    if isinstance(paper, dict) and contest.kind == GRID:
        told = [f"{named[code]}: {grade(points)}" for code, points in paper.items()]
    elif isinstance(paper, dict):
        told = [f"{named[code]}: {points}" for code, points in paper.items()]
    elif contest.kind == RANK:
        told = [f"{place}. {named[code]}" for place, code in enumerate(paper, 1)]
    else:
        told = [title for code, title in named.items() if code in paper]
    return ", ".join(told) or _("Blank: none of them")


def grade(number: int) -> str:
    """Return the word for a grade, 0 the worst."""
    return str(_(GRADES[number]))


def _numbered(contest: Contest, given: Mapping[str, str]) -> Answer:
    named = {option.code: option.title for option in contest.options}
    rank = contest.kind == RANK
    least, most = (1, contest.most) if rank else (0, contest.greatest)
    numbers = {code: int(text) for code, text in given.items() if _is_number(text)}
    odd = [code for code in given if not least <= numbers.get(code, -1) <= most]
    sentence = ODD_RANKS["range"] if rank else ODD_POINTS
    if odd:
        told = _(sentence)
        return Answer([], [Fault(c, told.format(most=most, named=named[c])) for c in odd[:SHOWN]])
    if not rank:
        return _whole(contest, {code: numbers[code] for code in named if code in numbers})
    try:
        return _whole(contest, ranking(numbers, most))
    except OddRanks as error:
        both = _(" and ").join(named[code] for code in error.options)
        return Answer([], [Fault(error.options[-1], _(ODD_RANKS[error.why]).format(named=both))])


def _whole(contest: Contest, paper: Paper) -> Answer:
    codes = {option.code for option in contest.options}
    if fits(paper, codes, marks_of(contest)):
        return Answer(paper, [])
    return Answer([], [Fault("", asked(contest))])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS
