"""Calls made from the OpenAPI document: every operation, in every phase, with what came of them."""

from collections import Counter
from dataclasses import dataclass, field

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

DOCUMENT = "/api/v1/openapi.json"
SEED = 20_260_302
# What a rule of the town may say to a wish that is well formed.
RULED = [401, 403, 404, 409, 412, 422, 503]
REFUSED = [*RULED, 400, 405, 413, 415, 428]
# The id of a hold might be this word: what can be done with a hold is allowed here, too.
ALSO_A_HOLD = {
    "include-path": "/api/v1/library/holds/expiry",
    "checks": {"allow_header_conformance": {"enabled": False}},
}
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass
class Told:
    """What generated calls have met."""

    calls: int = 0
    answers: Counter = field(default_factory=Counter)
    reached: set = field(default_factory=set)
    phases: set = field(default_factory=set)
    wrong: list = field(default_factory=list)


def called(app, headers, *, seed=SEED, phases=PHASES, mode="all", only=None):
    """Call everything that the document describes, or one path, as whoever sends these headers."""
    schema = schemathesis.openapi.from_wsgi(DOCUMENT, app, config=_chosen(seed, phases, mode))
    schema.config.update(headers=headers)
    if only:
        schema.raw_schema["paths"] = {only: schema.raw_schema["paths"][only]}
    told = Told()
    for event in from_schema(schema).execute():
        if isinstance(event, events.Interrupted):  # It would end in peace, with what it has called.
            raise KeyboardInterrupt
        if isinstance(event, events.NonFatalError):
            told.wrong.append(f"{event.label} could not be called: {event.value}")
        if isinstance(event, events.ScenarioFinished):
            _note(told, event)
    return told


def _chosen(seed, phases, mode):
    told = {name: {"enabled": name in phases} for name in PHASES}
    told["examples"]["fill-missing"] = True
    checks = {
        # No id that a program makes up is there, and who is refused has not been heard.
        "positive_data_acceptance": {"expected-statuses": ["2xx", *RULED]},
        "negative_data_rejection": {"expected-statuses": REFUSED},
        "missing_required_header": {"expected-statuses": REFUSED},
    }
    made = {"max-examples": 3, "no-shrink": True, "database": "none", "mode": mode}
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "generation": made,
            "checks": checks,
            "continue-on-failure": True,
            "phases": told,
            "operations": [ALSO_A_HOLD],
        }
    )


def _note(told, event):
    recorder = event.recorder
    told.calls += len(recorder.interactions)
    if recorder.interactions:
        told.phases.add(event.phase.value)
    told.reached |= {node.value.operation.label for node in recorder.cases.values()}
    answers = (one.response for one in recorder.interactions.values())
    told.answers.update(answer.status_code for answer in answers if answer is not None)
    for checks in recorder.checks.values():
        for check in checks:
            if found := check.failure_info:
                name = type(found.failure).__name__
                what = f"{found.failure.operation}: {name}: {found.failure.message}"
                told.wrong.append(f"{event.phase.value}: {what}\n    {found.code_sample}")


def able_to_probe(monkeypatch):
    """Let the probes of Schemathesis reach an application in this process.

    They repeat a call without its session, and so with settings of sockets that Werkzeug refuses.
    """
    send = WSGITransport.send

    def run(self, case, *, session=None, **kwargs):
        for name in ("max_redirects", "verify", "cert", "proxies"):
            kwargs.pop(name, None)
        return send(self, case, session=session, **kwargs)

    monkeypatch.setattr(WSGITransport, "send", run)
