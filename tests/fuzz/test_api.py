"""Generated calls to every operation: nothing unforeseen, nothing undocumented."""

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CALM = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def generated(app, headers, modes=(GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):
    """Call every operation; return what was not as documented, and how many calls were made."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    # The person comes with the headers; made-up tokens would only ever be refused.
    schema.config.generation.update(with_security_parameters=False)
    wrong, calls = [], 0
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in modes:

            @CALM
            @given(case=operation.as_strategy(generation_mode=mode))
            def call(case):
                nonlocal calls
                calls += 1
                case.call_and_validate(headers=headers, checks=CHECKS)

            try:
                call()
            except Unsatisfiable:  # There is no such input, as where nothing is taken.
                continue
            except (Failure, FailureGroup, BaseExceptionGroup) as error:
                wrong.append(f"{operation.label}: {error}")
    return wrong, calls


def test_every_answer_to_a_guest_is_documented(app):
    wrong, calls = generated(app, {})
    assert wrong == []
    assert calls > 100


def test_every_answer_to_a_reader_is_documented(app, signed_in):
    person = signed_in()
    wrong, calls = generated(app, {"Cookie": person.cookie, "X-CSRF-Token": person.token})
    assert wrong == []
    assert calls > 100


def test_every_answer_to_somebody_who_may_do_everything_is_documented(app, signed_in):
    person = signed_in("administrator", "library.manager", "library.cataloguer")
    headers = {"Cookie": person.cookie, "X-CSRF-Token": person.token}
    wrong, calls = generated(app, headers)
    assert wrong == []
    assert calls > 100


def test_an_undocumented_answer_would_be_noticed(app):
    name = "library_api.library_document_list"
    offers = app.view_functions[name].offers

    def planted(**places):
        return "{}", 418, {"Content-Type": "application/json"}

    planted.offers = offers
    app.view_functions[name] = planted
    wrong, _ = generated(app, {}, modes=(GenerationMode.POSITIVE,))
    assert any("/library/documents" in line for line in wrong)
