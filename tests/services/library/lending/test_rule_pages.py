"""New rules as a form: what is shown comes back as it was, and what is refused stands there."""

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from sqlalchemy import func, select, text

from tests.services.library.lending.test_pages import browsing
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.manifest import service
from townsquare.services.library.models.circulating import policy_facts
from townsquare.services.library.models.lending import RulesetRow
from townsquare.services.library.queries.rules import rules_in_force
from townsquare.services.library.rules.policy import FIRST_RULES, Policy
from townsquare.services.library.rules.tariffs import as_written
from townsquare.services.library.usecases.policies import publish_rules

pytestmark = pytest.mark.shown

STUDENTS = 2  # The third of the lines that every library begins with.


class Shown(HTMLParser):
    """What a browser would send of the fields of a page, without its buttons."""

    def __init__(self, page):
        super().__init__()
        self.fields, self._select = {}, ""
        self.feed(page.partition("<main")[2])
        for own in ("csrf_token", "once"):
            self.fields.pop(own, None)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "select":
            self._select = told["name"]
        if tag == "option" and "selected" in told:
            self.fields[self._select] = told["value"]
        if tag == "input" and (told.get("type") != "checkbox" or "checked" in told):
            self.fields[told["name"]] = told["value"]


@pytest.fixture
def desk(signed_in, houses):
    """Dina at her browser."""
    return browsing(signed_in(*service.roles, name="Dina Park"))


@pytest.fixture
def typed(desk):
    """The form as it is shown, with these fields changed."""

    def fill(**changed):
        return {**Shown(desk.get("/rules/new").text).fields, **changed}

    return fill


@pytest.fixture
def lines(acts):
    """The lines in force, each with its conditions and its whole policy."""

    def read():
        shown = acts(rules_in_force, wishes.Nothing()).lines
        return [(line.priority, line.conditions, line.policy) for line in shown]

    return read


@pytest.fixture
def editions(town):
    def count():
        with town.sessions() as db:
            return db.scalar(select(func.count(RulesetRow.id)))

    return count


def told(rule):
    """Return a rule as it is published."""
    conditions, policy = dict(rule.conditions), as_written(policy_facts(rule.policy))
    return {"priority": rule.priority, "conditions": conditions, "policy": policy}


def numbers(page):
    """Return the lines of a form, as they are told apart."""
    return [int(number) for number in re.findall(r'id="line-(\d+)"', page)]


def test_what_is_sent_as_it_was_shown_changes_nothing(desk, typed, lines, editions):
    before = lines()
    assert desk.post("/rules/new", **typed()).status_code == 303
    assert (lines(), editions()) == (before, 1)


CONDITIONS = [
    {"class": ["student", "staff"], "branch": ["north"]},
    {"not_class": ["visitor"], "not_material": ["map", "kit"]},
    {"item_type": ["kit, large", 'a "big" one', "all but maps", "reference"]},
    {"not_item_type": ["kit, large"], "not_branch": ["central", "north"]},
]


@pytest.mark.parametrize("conditions", CONDITIONS)
def test_every_condition_and_every_field_comes_back_as_it_was(acts, desk, typed, lines, conditions):
    policy = as_written(policy_facts(Policy(*range(1, 6))))
    policy |= {n: not v if isinstance(v, bool) else v for n, v in policy.items()}
    policy |= {"fine_mode": "test", "term_ends_on": "2026-06-26", "deposit_minor": "deposit"}
    rules = [{"priority": 5, "conditions": conditions, "policy": policy}, {"priority": 99}]
    acts(publish_rules, wishes.PublishRules(rules=rules))
    before = lines()
    assert desk.post("/rules/new", **typed()).status_code == 303
    assert lines() == before


def test_two_who_change_the_rules_at_once_do_not_undo_each_other(desk, typed, editions):
    first, second = typed(**{"2-days": "21"}), typed(**{"3-days": "10"})
    assert desk.post("/rules/new", **first).status_code == 303
    refused = desk.post("/rules/new", **second)
    assert (refused.status_code, editions()) == (412, 1)
    assert "Somebody has changed this since you opened it" in refused.text
    assert 'name="3-days"' in refused.text


@pytest.mark.parametrize(("north", "written"), [("North", "North"), ("CENTRAL", "north")])
def test_a_house_goes_by_its_name_unless_another_could_be_meant(
    acts, town, desk, typed, lines, north, written
):
    with town.database.begin() as connection:
        named = text("UPDATE library_branch SET name = :name WHERE code = 'north'")
        connection.execute(named, {"name": north})
    rules = [{"priority": 5, "conditions": {"branch": ["north"]}}, {"priority": 99}]
    acts(publish_rules, wishes.PublishRules(rules=rules))
    sent = typed()
    assert sent["0-branch"] == written
    assert desk.post("/rules/new", **sent).status_code == 303
    assert lines()[0][1] == {"branch": ["north"]}


def test_rules_that_begin_later_are_named_beside_the_form(acts, desk):
    later = date(2026, 12, 24)
    acts(publish_rules, wishes.PublishRules(rules=[{"priority": 99}], valid_from=later))
    assert "Dec 24, 2026</time> edition 1 applies" in desk.get("/rules/new").text


def test_a_line_is_changed_as_people_write_it(desk, typed, lines):
    changed = {
        "days": "21",
        "fine_minor": "0.3",
        "class": "ALL BUT visitor, Staff",
        "branch": "north",
    }
    sent = typed(**{f"{STUDENTS}-{name}": value for name, value in changed.items()})
    before = lines()[STUDENTS]
    assert desk.post("/rules/new", **sent).status_code == 303
    priority, conditions, policy = lines()[STUDENTS]
    assert conditions == {
        "not_class": ["visitor", "staff"],
        "item_type": ["book"],
        "branch": ["north"],
    }
    assert (priority, policy) == (30, before[2] | {"days": 21, "fine_minor": 30})


def test_a_box_that_is_not_ticked_says_no(desk, typed, lines):
    sent = typed()
    assert sent.pop("0-reading_room_only")
    desk.post("/rules/new", **sent)
    assert lines()[0][2]["reading_room_only"] is False


def test_a_new_line_is_empty_and_the_others_stay_as_typed(desk, typed, lines, editions):
    page = desk.post("/rules/new", **typed(**{"2-days": "soon"}), add="true").text
    fields = Shown(page).fields
    assert numbers(page) == [0, 1, 2, 3, 4, 5]
    assert (fields["2-days"], fields["5-priority"], fields["5-days"]) == ("soon", "", "7")
    assert "There is a problem" not in page
    fields |= {"2-days": "14", "5-priority": "50", "5-material": "audio, Video"}
    assert (desk.post("/rules/new", **fields).status_code, editions()) == (303, 1)
    fresh = as_written(policy_facts(Policy()))
    assert (50, {"material": ["audio", "video"]}, fresh) in lines()


def test_a_line_is_taken_out_and_the_next_new_one_is_another(desk, typed, lines):
    sent = typed(**{"2-days": "soon"})
    page = desk.post("/rules/new", **sent, take_out="1").text
    assert numbers(page) == [0, 2, 3, 4]
    fields = Shown(page).fields
    assert fields["2-days"] == "soon"
    assert numbers(desk.post("/rules/new", **fields, add="true").text) == [0, 2, 3, 4, 5]
    assert desk.post("/rules/new", **{**fields, "2-days": "14"}).status_code == 303
    assert [line[0] for line in lines()] == [10, 30, 40, 99]


def test_more_fields_of_a_line_stay_open(desk, typed):
    seen = 'for="f-2-hold_limit"'
    assert seen not in desk.get("/rules/new").text
    page = desk.post("/rules/new", **typed(), more="2").text
    assert seen in page
    assert 'for="f-1-hold_limit"' not in page
    again = desk.post("/rules/new", **Shown(page).fields, add="true").text
    assert seen in again


WRONG = [
    ("2-days", "-1", "Enter 0 or more."),
    ("2-days", "", "Fill in this field."),
    ("2-days", "soon", "Enter a whole number."),
    ("2-days", "3651", "Enter 3650 or less."),
    ("2-fine_minor", "0.001", "Use at most 2 digits after the point."),
    ("2-fine_minor", "-0.01", "Enter 0 or more."),
    ("2-cap_minor", "10000000", "Enter 1000000.00 or less."),
    ("2-term_ends_on", "2026-02-30", "Enter a date"),
    ("2-term_ends_on", "3000-01-01", "Enter 2999-12-31 or less."),
    ("2-fine_mode", "maybe", "Choose one of"),
    ("2-hold_limit", "-1", "Enter 0 or more."),
    ("2-priority", "0", "Enter 1 or more."),
    ("2-priority", "99", "its priority stands twice"),
    ("2-class", "student, teacher", "there is no class teacher"),
    ("2-material", "all but", "not_material names nothing"),
    ("2-branch", "moon", "there is no branch moon"),
]


@pytest.mark.parametrize("only_try", ["", "true"])
@pytest.mark.parametrize(("name", "value", "why"), WRONG)
def test_what_is_refused_stands_at_its_line_and_field(
    desk, typed, editions, name, value, why, only_try
):
    answer = desk.post("/rules/new", **typed(**{name: value}), only_try=only_try)
    assert (answer.status_code, editions()) == (422, 0)
    place = name.replace("2-", "4-") if "twice" in why else name  # The later one of two.
    [told] = re.findall(rf'id="f-{place}-error">(.*?)</p>', answer.text, re.DOTALL)
    assert why in told
    assert f'href="#f-{place}"' in answer.text
    assert Shown(answer.text).fields.get(name, value) == value
    assert "Nothing is published yet" not in answer.text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"4-class": "Student"}, "The last rule"),
        ({"valid_from": "2026-03-01"}, "is over"),
        ({"valid_from": "soon"}, "Enter a date"),
        ({"2-surprise": "1"}, "There is no field surprise"),
        ({"1000-days": "1"}, "There is no field 1000-days"),
        ({"surprise": "1"}, "There is no field surprise"),
    ],
)
def test_what_is_wrong_with_no_line_stands_on_top(desk, typed, editions, changed, told):
    answer = desk.post("/rules/new", **typed(**changed))
    assert (answer.status_code, editions()) == (422, 0)
    assert told in answer.text


def test_rules_without_a_line_are_none(desk, editions):
    assert desk.post("/rules/new").status_code == 422
    assert editions() == 0


def test_rules_for_a_later_day_say_so(desk, typed, lines):
    before = lines()
    desk.post("/rules/new", **typed(**{"2-days": "3", "valid_from": "2026-05-04"}))
    assert lines() == before
    assert "From" in desk.get("/rules").text


def test_enter_in_a_field_only_tries(desk):
    form = desk.get("/rules/new").text.partition('action="/library/rules/new"')[2]
    assert re.search(r"<button[^>]*>", form)[0].count('name="only_try"') == 1


def test_rules_are_tried_on_the_page_and_kept_as_typed(desk, typed, editions, wood, lend):
    lend()
    sent = typed(**{"2-days": "3", "2-fine_minor": "0.70", "valid_from": "2026-05-04"})
    answer = desk.post("/rules/new", **sent, only_try="true")
    assert (answer.status_code, editions()) == (200, 0)
    assert "Nothing is published yet" in answer.text
    assert "Loans that are out, if they were lent again" in answer.text
    assert "Days 14 → 3" in answer.text
    assert Shown(answer.text).fields == sent


def test_rules_that_change_nothing_say_so(desk, typed, wood, lend):
    lend()
    answer = desk.post("/rules/new", **typed(), only_try="true")
    assert "None of the 1 loans that are out would follow another rule." in answer.text
    assert "The next loans would be as they are now." in answer.text


def test_an_end_of_term_stands_on_the_pages_of_the_rules(desk, typed, wood):
    sent = typed(**{"2-term_ends_on": "2026-06-26"})
    tried = desk.post("/rules/new", **sent, only_try="true").text
    assert "End of term none → Fri, Jun 26, 2026" in tried
    assert desk.post("/rules/new", **sent).status_code == 303
    page = desk.get("/rules?kind=student&branch=central").text
    assert "until Fri, Jun 26, 2026, then 14" in page
    assert re.search(r"Lent today, it is due.*?Jun 26, 2026", page, re.DOTALL)


def test_the_explainer_speaks_in_words_and_not_in_codes(acts, desk):
    conditions = {"not_branch": ["north"]}
    rules = [{"priority": 5, "conditions": conditions}, *(told(rule) for rule in FIRST_RULES)]
    acts(publish_rules, wishes.PublishRules(rules=rules))
    page = desk.get("/rules?kind=visitor&item_type=book&branch=north").text
    for line in (
        "Line 5, because the branch is North",
        "Line 10, because the type of copy is Book, not Reference",
        "Line 20, because the class of the reader is Visitor, not Faculty",
    ):
        assert f"<li>{line}</li>" in page


def test_the_explainer_offers_the_types_that_the_rules_tell_apart(desk):
    options = r'<option value="(\w*)" (selected)?>([\w ]*)</option>'
    for asked, chosen in (("", "book"), ("?kind=staff&item_type=dvd", "dvd")):
        page = desk.get(f"/rules{asked}").text
        offered = page.partition('name="item_type"')[2].partition("</select>")[0]
        found = {code: (word, bool(mark)) for code, mark, word in re.findall(options, offered)}
        assert {"book", "reference", "other", chosen} <= found.keys()
        assert found["reference"] == ("Reference", False)
        assert found["other"] == ("Another type", False)
        assert found[chosen][1]


def test_what_is_asked_is_shown_as_text(desk):
    page = desk.get("/rules?kind=staff&item_type=<b>%26").text
    assert "the type of copy is &lt;b&gt;&amp;, not Reference" in page
