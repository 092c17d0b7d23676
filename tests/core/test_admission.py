"""A town with an address that does not say who may come does not start."""

import pytest
from flask import Blueprint

from townsquare import app as application
from townsquare.core.manifest import Service
from townsquare.core.web import needs
from townsquare.core.web.admission import FILES, UndeclaredAddress, needed


def page():
    return ""


def street(settings, monkeypatch, view):
    bp = Blueprint("street", __name__, url_prefix="/street")
    bp.get("/door")(view)
    ours = application.services_of(settings)
    stranger = Service("street", "Street", blueprints=(bp,))
    monkeypatch.setattr(application, "services_of", lambda _settings: (*ours, stranger))


@pytest.mark.parametrize("permission", ["public", "signed-in", "audit.view"])
def test_a_page_that_says_who_may_come_is_served(settings, monkeypatch, permission):
    street(settings, monkeypatch, needs(permission)(page))
    assert application.create_app(settings)


@pytest.mark.parametrize("view", [page, needs("street.see")(page)])
def test_a_page_that_does_not_say_it_stops_the_start(settings, monkeypatch, view):
    street(settings, monkeypatch, view)
    with pytest.raises(UndeclaredAddress) as refused:
        application.create_app(settings)
    assert refused.value.facts == {"addresses": "/street/door (street.page)"}


def test_every_address_of_the_town_says_it(app):
    told = {
        rule.endpoint: needed(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
    }
    assert told.pop(FILES) is None
    assert all(told.values())
