"""What every answer carries and what every change must show."""

import hmac
import logging
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, request
from werkzeug.exceptions import BadRequest

from townsquare.core import watching
from townsquare.core.settings import Settings
from townsquare.core.web import bare
from townsquare.core.web.places import refuse_no_place
from townsquare.core.words import translatable

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)
BOTH = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS),
]
FOR_PAGES = [
    *BOTH,
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
]
FOR_FILES = [
    *BOTH,
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ("Referrer-Policy", "no-referrer"),
]
# Where the address itself opens something. Not `no-referrer`: a form there would come from "null".
TO_NOBODY = ("Referrer-Policy", "same-origin")
# Only where the town is reached by TLS: a browser that has heard this asks for nothing else.
ONLY_TLS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
KEPT_NOWHERE = ("Cache-Control", "no-store")
HEADING = "townsquare.heading"  # Under this name a request keeps what its answer is to carry.
FOR_PROGRAMS = ("/api/", "/graphql")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
HEALTH = {"health.alive", "health.ready"}  # Balancers ask by the number of the machine.
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
LARGEST_FORM = 64 * 1024
SAFE = {"GET", "HEAD", "OPTIONS"}
METHODS = {*SAFE, "POST", "PUT", "PATCH", "DELETE"}
OTHER_METHOD, NO_ROUTE = "other", "-"  # Whoever asks chooses neither what is counted nor told.
STALE = translatable("This page has been open for too long; load it again and repeat the step.")
FOREIGN = translatable("This request came from another site; open our page and repeat the step.")
OTHER_HOST = translatable("This town is not known by that name; use the address you were given.")
NONCE = "townsquare-guest"  # What ties the forms of a guest to one browser.
log = logging.getLogger("townsquare.requests")
Heading = list[tuple[str, tuple[str, str]]]  # Each header after its name in small letters.
Headings = dict[tuple[bool, bool], Heading]


def init_app(app: Flask) -> None:
    """Check every change for its token and send every answer with the policy.

    Identity must have put its loader before this, because the token is tied to the session.
    """
    app.before_request(refuse_other_hosts)
    app.before_request(refuse_no_place)
    app.before_request(check)
    app.after_request(finish)
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.extensions[HEADING] = _headings(plain_http=app.config["PLAIN_HTTP"])


def begin() -> None:
    """Give the request its id and the size it may have; the first hook of all."""
    asked, kept, here = bare(request), bare(g), bare(current_app)
    kept.piece = piece = _piece(here, asked)
    piece.begin()
    kept.request_id = piece.trace
    # Set before anything reads the form: a page that takes files says how large they may be.
    view = here.view_functions.get(asked.endpoint or "")
    if largest := getattr(view, "largest_body", None):
        asked.max_content_length = largest
    elif asked.mimetype in FORMS:
        asked.max_content_length = LARGEST_FORM


def hosts_of(settings: Settings) -> frozenset[str]:
    """Return the names by which people reach this town; a demo is also at home on its machine."""
    public = _without_port(urlsplit(settings.public_url).netloc)
    at_home = settings.demo or public in LOOPBACK
    return frozenset({public}) | (LOOPBACK if at_home else frozenset())


def refuse_other_hosts() -> None:
    """Refuse a request for a name that is not ours: links made of it would lead elsewhere."""
    known: frozenset[str] = bare(current_app).config["HOSTS"]
    asked = bare(request)
    if asked.endpoint not in HEALTH and _without_port(asked.host) not in known:
        raise BadRequest(OTHER_HOST)


def check() -> None:
    """Refuse a change that does not come from our own pages."""
    # Where nothing stands behind an address or a verb, there is nothing to guard: 404 or 405.
    asked = bare(request)
    if asked.method in SAFE or asked.routing_exception:
        return
    check_origin()
    # A program without our session has no identity that another site could borrow.
    if "session_key" in bare(g) or not asked.path.startswith(FOR_PROGRAMS):
        check_csrf()


def csrf_token() -> str:
    """Return the token for the forms of this browser; it is tied to the session or the guest."""
    salt = token_hex(8)  # A fresh face for each page, so that compression betrays nothing.
    return f"{salt}.{_proofs(salt, _nonce())[0]}"


def check_origin() -> None:
    """Refuse what another site made this browser send."""
    asked = bare(request)
    site, origin = asked.headers.get("Sec-Fetch-Site"), asked.headers.get("Origin")
    if site is not None:
        foreign = site not in {"same-origin", "none"}
    else:
        foreign = origin is not None and origin.rpartition("://")[2] != asked.host
    if foreign:
        raise BadRequest(FOREIGN)


def check_csrf() -> None:
    """Refuse a change without the token of this session or guest."""
    asked = bare(request)
    sent = asked.headers.get("X-CSRF-Token") or asked.form.get("csrf_token", "")
    salt, _, proof = sent.partition(".")
    # As bytes: text outside ASCII cannot be compared so, and would be our mistake.
    known = _proofs(salt, _nonce())
    if not any(hmac.compare_digest(proof.encode(), one.encode()) for one in known):
        raise BadRequest(STALE)


def finish(answer: Response) -> Response:
    """Let the browser load and run only what is ours, and write one line to the log."""
    asked, kept, headers = bare(request), bare(g), answer.headers
    if "token" in (asked.view_args or ()):
        headers.add(*TO_NOBODY)
    headings: Headings = bare(current_app).extensions[HEADING]
    what = (answer.mimetype == "text/html", asked.endpoint == "static")
    asked.environ[HEADING] = headings[what]
    headers.add("X-Request-Id", kept.get("request_id", ""))
    if "new_guest" in kept:
        secure = not current_app.config["PLAIN_HTTP"]
        answer.set_cookie(NONCE, kept.new_guest, httponly=True, samesite="Lax", secure=secure)
    _tell(answer)
    return answer


def headed(heading: Heading, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers of an answer with what every one carries, where it says no other.

    They are joined as lists at the door: Werkzeug looks at each header that it is given twice.
    """
    said = {name.lower() for name, _ in headers}
    told = [pair for name, pair in heading if name not in said]
    if "date" in said:  # Every server says it, and some would say it a second time.
        return [pair for pair in headers if pair[0].lower() != "date"] + told
    return headers + told


def _headings(*, plain_http: bool) -> Headings:
    """Return what an answer carries: pages and other things, from our own files and otherwise."""
    tls = [] if plain_http else [ONLY_TLS]
    return {
        (is_page, is_file): [
            (pair[0].lower(), pair)
            for pair in (
                *(FOR_PAGES if is_page else FOR_FILES),
                *tls,
                *([] if is_file else [KEPT_NOWHERE]),
            )
        ]
        for is_page in (True, False)
        for is_file in (True, False)
    }


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _piece(here: Flask, asked: Request) -> watching.Piece:
    # What somebody else calls this request is believed only where the operator has said so.
    if here.config["TRUST_TRACEPARENT"]:
        told = watching.parent_in(asked.headers.get("traceparent", ""))
        if told is not None:
            return watching.Piece(watching.REQUEST, "", told[0], above=told[1])
    return watching.Piece(watching.REQUEST, "")


def _tell(answer: Response) -> None:
    asked = bare(request)
    route = asked.url_rule.rule if asked.url_rule else NO_ROUTE
    method = asked.method if asked.method in METHODS else OTHER_METHOD
    ended(route, method, answer.status_code)


def ended(route: str, method: str, status: int) -> None:
    """Tell who watches, and the log, how a request ended that `begin` has begun."""
    piece: watching.Piece | None = bare(g).get("piece")
    if piece is None:
        return
    piece.name, piece.method = route, method
    piece.end(str(status))
    if log.isEnabledFor(logging.INFO):
        took = round(piece.seconds * 1000, 1)
        facts = {"request_id": piece.trace, "method": piece.method, "route": piece.name}
        log.info("request", extra={"facts": {**facts, "status": status, "ms": took}})


def _nonce() -> str:
    kept = bare(g)
    if "session_key" in kept:  # Put there by identity for whoever is signed in.
        return str(kept.session_key)
    known = request.cookies.get(NONCE)
    if known:
        return known
    if "new_guest" not in kept:
        kept.new_guest = token_urlsafe(24)
    return str(kept.new_guest)


def _proofs(salt: str, nonce: str) -> list[str]:
    """Return the proof as we make it, and after it those of older keys that are still taken."""
    config = bare(current_app).config
    keys = (config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"])
    told = f"csrf {salt} {nonce}".encode()
    return [hmac.new(key.encode(), told, sha256).hexdigest() for key in keys]
