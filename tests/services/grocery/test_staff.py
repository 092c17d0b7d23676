"""Those who work in the shop: enrolled once, changed, and never lost."""

import re
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_constraint, drop_index, drop_trigger
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.trading import at_once, trade
from townsquare.core.errors import Invalid, NotAllowed, StaleVersion
from townsquare.services.grocery.commands.customers import RegisterCustomer
from townsquare.services.grocery.commands.staff import (
    EndStaff,
    EnrolStaff,
    FindStaff,
    ReviseStaff,
)
from townsquare.services.grocery.errors import NumberInUse, StaffAlready, StaffLeft
from townsquare.services.grocery.queries.staff import find_staff
from townsquare.services.grocery.usecases.customers import register_customer
from townsquare.services.grocery.usecases.staff import end_staff, enrol_staff, revise_staff

__all__ = ["trade"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
READ, ENROL = "grocery.staff.read", "grocery.staff.enrol"
TOMAS = {"given": "Tomas", "middle": "Erik", "family": "Lindqvist", "position": "Picker"}


@pytest.fixture
def enrol(ogs, acting_as):
    """Enrol somebody: `enrol(given="Kofi")`; without words Tomas."""

    def run(**told):
        with acting_as(ENROL) as ctx:
            return enrol_staff(ctx, EnrolStaff.model_validate({**TOMAS, **told}))

    return run


@pytest.fixture
def revise(acting_as):
    """Change what is named of somebody: `revise(tomas, phone="12345")`."""

    def run(made, *permissions, **told):
        with acting_as(*(permissions or (ENROL,))) as ctx:
            return revise_staff(ctx, ReviseStaff(id=made.id, version=made.version, **told))

    return run


@pytest.fixture
def end(acting_as):
    """Let somebody work here no longer."""

    def run(made):
        with acting_as(ENROL) as ctx:
            end_staff(ctx, EndStaff(id=made.id, version=made.version))

    return run


@pytest.fixture
def listed(acting_as):
    """Return the numbers of those who work here, or have left."""

    def run(**told):
        with acting_as(READ) as ctx:
            return [one.number for one in find_staff(ctx, FindStaff(**told)).staff]

    return run


def test_somebody_is_enrolled_with_all_parts_of_the_name(enrol, clock):
    clock.set(2026, 3, 2, 2, 0)
    tomas = enrol(phone="0917 555 0101", email="tomas@sanroque.example")
    assert (tomas.name, tomas.middle, tomas.number) == ("Tomas Erik Lindqvist", "Erik", "OGS-100")
    assert (tomas.since, tomas.ended_on) == (date(2026, 3, 2), None)
    assert enrol(given="Kofi").number == "OGS-101"
    with pytest.raises(NumberInUse):
        enrol(given="Lena", number="ogs-101")
    with pytest.raises(Invalid):
        enrol(given="Lena", since="2026-03-03")


def test_nobody_is_enrolled_twice_at_once(enrol, signed_in, end):
    email = f"{signed_in(name='Tomas').person.lower()}@sanroque.example"
    tomas = enrol(email=email)
    with pytest.raises(StaffAlready, match=tomas.number):
        enrol(email=email)
    end(tomas)
    again = enrol(email=email)
    assert (again.number, again.name) == ("OGS-101", tomas.name)


def test_one_person_is_on_the_staff_and_a_customer(enrol, signed_in, acting_as):
    email = f"{signed_in(name='Tomas').person.lower()}@sanroque.example"
    enrol(email=email)
    with acting_as("grocery.customer.read") as ctx:
        rosa = register_customer(ctx, RegisterCustomer(name="Rosa", email=email))
    assert rosa.name == "Tomas Erik Lindqvist"  # Whose the address is.


def test_what_is_not_named_stays(enrol, revise):
    tomas = enrol(phone="12345")
    told = revise(tomas, given="Thomas", position="Keeper")
    name = {"name": "Thomas Erik Lindqvist", "given": "Thomas"}
    assert told == replace(tomas, **name, position="Keeper", version=tomas.version + 1)
    assert revise(told, phone="").phone == ""
    with pytest.raises(StaleVersion):
        revise(tomas, given="Tom")
    for wrong in ({"given": ""}, {"position": ""}):
        with pytest.raises(Invalid):
            revise(replace(told, version=told.version + 1), **wrong)
    with pytest.raises(NotAllowed):
        revise(told, READ, phone="1")


def test_nobody_turns_the_mails_of_an_account_elsewhere(enrol, revise, signed_in):
    tomas = enrol(email=f"{signed_in(name='Tomas').person.lower()}@sanroque.example")
    with pytest.raises(Invalid):
        revise(tomas, email="other@sanroque.example")
    assert revise(tomas, email=tomas.email, phone="12345").phone == "12345"


def test_who_leaves_stays_on_record_with_the_number(enrol, revise, end, listed):
    tomas = enrol()
    end(tomas)
    assert (listed(), listed(left=True)) == ([], ["OGS-100"])
    for act in (lambda: revise(tomas, phone="1"), lambda: end(tomas)):
        with pytest.raises(StaffLeft):
            act()
    assert enrol(given="Kofi").number == "OGS-101"
    assert listed(words="ogs-101") == listed(words="kofi") == ["OGS-101"]


def is_refused(town, statement):
    try:
        with town.database.begin() as connection:
            connection.execute(text(statement))
    except IntegrityError:
        return True
    return False


COPY = (
    "INSERT INTO grocery_staff (public_id, created_at, person, number, number_key, position, since)"
    " SELECT '{0}', created_at, person, '{0}', '{0}', position, since FROM grocery_staff"
)


def test_the_database_refuses_two_open_records_of_a_person(enrol, town):
    enrol()
    assert is_refused(town, COPY.format("x"))
    drop_index(town, "uq_grocery_staff_person")
    assert not is_refused(town, COPY.format("x"))


def test_the_database_keeps_what_has_ended(enrol, end, town):
    end(enrol())
    again = "UPDATE grocery_staff SET ended_on = NULL"
    assert is_refused(town, again)
    drop_trigger(town, "grocery_staff_stays", "grocery_staff")
    assert not is_refused(town, again)


def test_the_database_refuses_a_number_of_two_and_an_end_before_the_beginning(enrol, end, town):
    enrol(number="x")
    early = "UPDATE grocery_staff SET ended_on = '2001-01-01'"
    assert is_refused(town, early)
    drop_constraint(town, "ck_grocery_staff_ended", "grocery_staff")
    assert not is_refused(town, early)  # The record has ended now, so that a second one is open.
    assert is_refused(town, COPY.format("x"))
    drop_index(town, "uq_grocery_staff_number")
    assert not is_refused(town, COPY.format("x").replace("'x', created_at", "'y', created_at"))


def test_of_many_who_enrol_one_person_at_once_one_does(ogs, trade, signed_in):
    email = f"{signed_in(name='Tomas').person.lower()}@sanroque.example"
    wish = EnrolStaff.model_validate({**TOMAS, "email": email})
    told = at_once(*[lambda: trade.managed(enrol_staff, wish)] * 4)
    refused = [one for one in told if isinstance(one, Exception)]
    assert len(refused) == 3
    assert {type(one) for one in refused} <= {StaffAlready, NumberInUse}


@pytest.mark.engines("sqlite")
def test_records_are_kept_on_their_pages(ogs, manager):
    lena = Browser(manager.client)
    here = "/grocery/staff/people"
    assert "Nobody is enrolled in the shop yet." in lena.get(here).text
    lena.post(f"{here}/new", 422, given="Tomas")
    lena.post(f"{here}/new", **TOMAS, phone="0917 555 0101")
    page = lena.get(f"{here}?words=lindq").text
    assert "Tomas Erik Lindqvist" in page
    path = re.search(rf"({here}/\w{{26}})", page).group(1)
    seen = dict(re.findall(r'name="(id|version)" value="([^"]*)"', lena.get(path).text))
    lena.post(path, **seen, **{**TOMAS, "family": "Lind"})
    assert "Tomas Erik Lind" in lena.get(path).text
    lena.post(path, 412, **seen, **TOMAS)
    lena.post(f"{path}/end", version="2")
    assert "Nobody is enrolled in the shop yet." in lena.get(here).text
    assert "Tomas Erik Lind" in lena.get(f"{here}?left=true").text
    page = lena.get(path).text
    assert "left on" in page
    assert "Works here no longer" not in page
    page = lena.post(path, 409, **{**seen, "version": "2"}, **TOMAS).text  # Opened before it ended.
    assert "enrol them again if they came back" in page


@pytest.mark.engines("sqlite")
def test_programs_enrol_change_and_end(ogs, manager, signed_in):
    here, head = (
        "/api/v1/grocery/staff/people",
        {"X-CSRF-Token": manager.token, "Idempotency-Key": "k"},
    )
    made = manager.client.post(here, json=TOMAS, headers=head)
    assert made.status_code == 201
    path = f"{here}/{made.get_json()['id']}"
    assert made.headers["Location"].endswith(path)
    (told,) = manager.client.get(here).get_json()["staff"]
    assert (told["middle"], told["position"]) == ("Erik", "Picker")
    head["If-Match"] = '"1"'
    patched = manager.client.patch(path, json={"position": "Keeper"}, headers=head).get_json()
    assert (patched["name"], patched["position"]) == ("Tomas Erik Lindqvist", "Keeper")
    head["If-Match"] = '"2"'
    assert manager.client.delete(path, headers=head).status_code == 204
    assert manager.client.get(path).get_json()["ended_on"]
    assert manager.client.get(here).get_json()["staff"] == []
    role = {**TOMAS, "role": "grocery.manager"}
    refused = manager.client.post(here, json=role, headers={**head, "Idempotency-Key": "l"})
    assert refused.get_json()["code"] == "core.unknown-field"
    cashier = signed_in("grocery.cashier")
    assert cashier.client.get(here).status_code == 403


@pytest.mark.engines("sqlite")
def test_a_list_of_many_is_one_statement(enrol, acting_as, town, clock):
    for n in range(5):
        enrol(given=f"Colleague {n}")
    from sqlalchemy import event

    seen = []
    with acting_as(READ) as ctx:
        event.listen(town.database, "before_cursor_execute", lambda *told: seen.append(told[2]))
        found = find_staff(ctx, FindStaff()).staff
    assert (len(found), len([said for said in seen if said.startswith("SELECT")])) == (5, 1)
