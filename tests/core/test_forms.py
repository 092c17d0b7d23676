"""A form is its command: labels, bounds, what was typed, one sentence at each field."""

from datetime import date
from typing import Literal

import pytest
from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.web.forms import CommandForm

pytestmark = pytest.mark.shown


class Register(Command):
    """A wish with one field of every kind."""

    card: str = Field(title="Card", description="As printed under the bars", max_length=12)
    age: int | None = Field(default=None, title="Age", ge=0, le=130)
    kind: Literal["student", "faculty"] = Field(default="student", title="Kind")
    born_on: date | None = Field(default=None, title="Born on")
    news: bool = Field(default=False, title="Send me news")
    note: str = Field(default="", title="Note", max_length=500)
    secret: str = Field(
        default="", title="Secret", max_length=1024, json_schema_extra={"format": "password"}
    )


@pytest.fixture
def form(app):
    """Return the form as it is after somebody has typed this."""

    def make(typed=None, **kw):
        method = "GET" if typed is None else "POST"
        with app.test_request_context(method=method, data=typed):
            made = CommandForm(Register, **kw)
            made.wish = None if typed is None else made.read()
            return made

    return make


def test_each_kind_of_field_has_its_control(form):
    kinds = {field.name: field.kind for field in form()}
    assert kinds == {
        "card": "text",
        "age": "number",
        "kind": "select",
        "born_on": "date",
        "news": "checkbox",
        "note": "textarea",
        "secret": "password",
    }


def test_labels_hints_and_bounds_come_from_the_command(form):
    card, age = form()["card"], form()["age"]
    assert (card.label, card.hint, card.required) == ("Card", "As printed under the bars", True)
    assert (card.attrs, age.attrs) == ({"maxlength": "12"}, {"min": "0", "max": "130"})


def test_forms_of_one_command_are_told_apart_by_their_prefix(form):
    sent = {"a-card": "LC-1", "a-news": "true", "b-card": "x" * 13}
    first, second, fresh = (form(sent, prefix=f"{name}-", values={"age": 7}) for name in "abc")
    assert (first.wish.card, first.wish.news, first.wish.age) == ("LC-1", True, None)
    assert (first["card"].name, first["card"].id) == ("a-card", "f-a-card")
    assert (second.wish, second["card"].errors) == (None, ["Use at most 12 characters."])
    assert (fresh["card"].value, fresh["age"].value) == ("", "7")


def test_what_nothing_reads_is_refused_under_a_prefix_too(form):
    refused = form({"a-card": "LC-1", "a-surprise": "1"}, prefix="a-")
    assert refused.wish is None
    assert "There is no field surprise" in refused.problems[0]


def test_what_was_typed_becomes_the_command(form):
    wish = form({"card": " LC-1001 ", "age": "20", "born_on": "2006-01-31", "news": "on"}).wish
    assert wish == Register(card="LC-1001", age=20, born_on=date(2006, 1, 31), news=True)


def test_what_cannot_be_read_stays_with_a_sentence_at_its_field(form):
    made = form({"card": "x" * 13, "age": "old"})
    assert (made.wish, made["age"].value, made.failed) == (None, "old", True)
    assert [(f.name, s) for f, s in made.errors] == [
        ("card", "Use at most 12 characters."),
        ("age", "Enter a whole number."),
    ]


def test_a_page_may_fill_hide_and_offer(form):
    made = form(
        values={"card": "LC-1"}, hidden=["card"], choices={"kind": [("student", "Student")]}
    )
    assert (made["card"].kind, made["card"].value) == ("hidden", "LC-1")
    assert made["kind"].choices == [("student", "Student")]


def test_an_error_of_the_act_finds_its_field_or_the_top(form):
    made = form({"card": "LC-1"})
    made.refuse({"card": "This card is taken.", "nowhere": "Come back tomorrow."})
    assert made["card"].errors == ["This card is taken."]
    assert made.problems == ["Come back tomorrow."]


def test_the_one_use_token_survives_a_refused_page(form):
    assert form({"card": "LC-1", "once": "t1"}).once == "t1"
    assert form().once != form().once


def test_a_sentence_stands_at_the_field_whose_text_it_quotes(form):
    made = form({"card": "x;-1", "note": "both", "secret": "both"})
    assert made.named_by({"typed": "x;-1", "currency": "PHP"}) == "card"
    assert made.named_by({"typed": "both"}) == ""  # Of which one nobody can tell.
    assert made.named_by({"typed": "else", "more": 3}) == ""
    assert form({"card": "x;-1"}, hidden=("card",)).named_by({"typed": "x;-1"}) == ""


def test_a_choice_that_counts_unless_another_is_made_is_not_called_optional(form):
    made = form()
    assert (made["kind"].required, made["age"].required) == (True, False)
    assert not form(choices={"note": [("", "None"), ("a", "A")]})["note"].required
    assert not form(choices={"note": [("a", "A")]})["note"].required
