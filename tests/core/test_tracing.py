"""Traces reach a real receiver of OTLP: few spans, the ids of the town, and nothing of a person."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import text

from townsquare.core.audit import AuditEntry
from townsquare.core.events import OutboxEntry
from townsquare.core.jobs.queue import JobRow, put
from townsquare.core.tracing import MOST_WAITING, Tracer
from townsquare.core.watching import WATCHERS, Piece
from townsquare.core.worker import Worker

pytestmark = pytest.mark.shown

CANARY = "canary-4711"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Receiver(ThreadingHTTPServer):
    """Takes what is sent to /v1/traces, as any collector does."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Taking)
        self.spans, self.raw, self.resources, self.status = [], b"", [], 200
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = ExportTraceServiceRequest.FromString(body)
        if self.path == "/v1/traces" and self.server.status == 200:
            self.server.raw += body
            for resource in told.resource_spans:
                self.server.resources.append(told_by(resource.resource.attributes))
                for scope in resource.scope_spans:
                    self.server.spans.extend(scope.spans)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_told):
        pass


def told_by(attributes):
    """Return attributes as a dictionary."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def spans(receiver):
    """Send traces to the receiver; the fixture ends the sending and returns what arrived."""
    tracer = Tracer(receiver.address)
    WATCHERS.append(tracer)

    def sent():
        if tracer in WATCHERS:
            WATCHERS.remove(tracer)
            tracer.stop()
        return {span.name: span for span in receiver.spans}

    yield sent
    sent()


def test_a_request_and_its_use_case_are_two_spans_of_one_trace(spans, receiver, signed_in):
    somebody = signed_in("operations.job.view")
    answer = somebody.client.get("/admin/jobs")
    found = spans()
    request, act = found["GET /admin/jobs"], found["use case operations.job.view"]
    assert request.trace_id == act.trace_id
    assert act.parent_span_id == request.span_id
    assert request.parent_span_id == b""
    assert request.trace_id.hex() == answer.headers["X-Request-Id"]
    told = told_by(request.attributes)
    assert (told["http.route"], told["http.response.status_code"]) == ("/admin/jobs", 200)
    assert told["db.statements"] > told_by(act.attributes)["db.statements"] == 1
    assert request.end_time_unix_nano > request.start_time_unix_nano > 1.7e18
    assert receiver.resources[0]["service.name"] == "townsquare"


def test_a_trusted_parent_is_the_parent_of_the_request(spans, app, client):
    app.config["TRUST_TRACEPARENT"] = True
    client.get("/", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    request = spans()["GET /"]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, "00f067aa0ba902b7")


def test_one_trace_goes_through_outbox_audit_job_and_relay(spans, town, signed_in):
    operator = signed_in("operations.operator")
    with town.sessions.begin() as db:
        job = put(db, "core.prune", {}, run_at=town.now(), asked=(0, town.now()))
        db.execute(text("UPDATE core_job SET state = 'dead', ended_at = run_at"))
    sent = {"csrf_token": operator.token}
    operator.client.post(f"/admin/jobs/{job}/retry", data=sent)
    answer = operator.client.post("/admin/operations/check", data=sent)
    Worker(town).drain()
    found, request_id = spans(), answer.headers["X-Request-Id"]
    assert found["POST /admin/operations/check"].trace_id.hex() == request_id
    assert found["job core.check-invariants"].trace_id.hex() == request_id
    assert "relay relay" in found
    with town.sessions() as db:
        for table in (OutboxEntry, AuditEntry, JobRow):
            assert db.query(table).filter_by(request_id=request_id).count() == 1


def test_nothing_of_a_person_is_in_a_span(spans, receiver, client, signed_in):
    somebody = signed_in("identity.account.view", name=CANARY)
    somebody.client.get(f"/admin/accounts?words={CANARY}")
    client.get(f"/problems/{CANARY}", headers={"User-Agent": CANARY, "Cookie": f"a={CANARY}"})
    client.get(f"/nowhere/{CANARY}")
    with pytest.raises(ZeroDivisionError), Piece("job", "test.bake"):
        raise ZeroDivisionError(CANARY)
    found = spans()
    assert {"GET /admin/accounts", "GET /problems/<code>", "GET -", "job test.bake"} <= set(found)
    assert found["job test.bake"].status.code == 2
    assert CANARY.encode() not in receiver.raw
    assert somebody.cookie.partition("=")[2].encode() not in receiver.raw


def test_a_receiver_that_fails_costs_spans_and_nothing_else(receiver, client, caplog):
    receiver.status = 400
    tracer = Tracer(receiver.address, seconds=0.01)
    WATCHERS.append(tracer)
    try:
        assert client.get("/").status_code == 200
    finally:
        WATCHERS.remove(tracer)
        tracer.stop()
    assert receiver.spans == []


def test_what_waits_for_a_receiver_is_bounded():
    tracer = Tracer("http://127.0.0.1:9", seconds=600)
    for _number in range(MOST_WAITING + 10):
        with Piece("job", "test.bake") as piece:
            pass
        tracer.ended(piece)
    assert len(tracer._waiting) == MOST_WAITING  # noqa: SLF001 (what is bounded)
    tracer._waiting.clear()  # noqa: SLF001 (as above)
    tracer.stop()


def test_without_the_extra_the_setting_says_what_is_missing(monkeypatch):
    import sys

    from townsquare.core.settings import BadSettings

    monkeypatch.setitem(sys.modules, "townsquare.core.spans", None)
    with pytest.raises(BadSettings, match=r"townsquare\[tracing\]"):
        Tracer("http://127.0.0.1:4318")
