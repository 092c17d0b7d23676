"""One GraphQL schema over the declared queries and use cases of all services."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import Any, Self

import msgspec
from flask import Response, current_app, g, request
from flask_babel import gettext
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    validate,
)
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest, MethodNotAllowed

from townsquare.core.db import Unanswered, no_room, run_again, too_busy
from townsquare.core.errors import Busy, DomainError, Invalid, NoRoom, OutcomeUnknown
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Command, Context, UseCase, declared
from townsquare.core.web import actor, town
from townsquare.core.web.errors import OURS, sentence
from townsquare.core.web.graph import Graph, Link
from townsquare.core.web.graphlimits import (
    DEEPEST,
    MOST_TOKENS,
    TOO_LONG,
    TOO_NESTED,
    Malformed,
    NoIntrospection,
    TooCostly,
    TooDeep,
    check,
)
from townsquare.core.web.graphtypes import Types, snake
from townsquare.core.web.reading import read
from townsquare.core.words import translatable

LONGEST = 64 * 1024
MOST_KEYS = 200  # So many things are looked up at once.
NO_QUERY = translatable("Send one GraphQL document as JSON with the field query.")
log = logging.getLogger("townsquare")


class Request(Command):
    """One GraphQL request, as programs send it."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 (the name is GraphQL's)
    extensions: dict[str, Any] | None = None


class Desk:
    """What the resolvers of one request share: who asks, one reading unit, and the loaders."""

    def __init__(self, here: Town, who: Actor) -> None:
        self.here, self.who = here, who
        self._stack = ExitStack()
        self._reading: Context | None = None
        self.loaders: dict[Link, Loader] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.forget()

    def reading(self) -> Context:
        """Return the reading unit of this request, opened when it is first needed."""
        if self._reading is None:
            self._reading = self._stack.enter_context(self.here.working(self.who, reads=True))
        return self._reading

    def forget(self) -> None:
        """Drop what has been read: after a change the next look must see the change."""
        self._reading = None
        self.loaders.clear()
        self._stack.close()


class Loader:
    """Collect the ids that one level of a query asks for, and load them with one query."""

    def __init__(self, link: Link, desk: Desk) -> None:
        self._link, self._desk = link, desk
        self._waiting: dict[str, asyncio.Future[list[object]]] = {}

    def load(self, key: str) -> "asyncio.Future[list[object]]":
        """Return a promise of what belongs to this id."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            # Two turns later every field of this level has asked for its part.
            loop.call_soon(lambda: loop.call_soon(self._run))
        return self._waiting.setdefault(key, loop.create_future())

    def _run(self) -> None:
        waiting, self._waiting = self._waiting, {}
        belongs: dict[str, list[object]] = {key: [] for key in waiting}
        try:
            for each in self._found(list(waiting)):
                belongs[getattr(each, self._link.key)].append(each)
        except Exception as error:  # noqa: BLE001 (whoever waits must hear of it, or waits forever)
            for promise in waiting.values():
                promise.set_exception(error)
            return
        for key, promise in waiting.items():
            promise.set_result(belongs[key])

    def _found(self, keys: list[str]) -> Iterator[object]:
        act = declared(self._link.many)
        for first in range(0, len(keys), MOST_KEYS):
            wish = act.command(ids=tuple(keys[first : first + MOST_KEYS]))
            yield from act.call(self._desk.reading(), wish)


def answer() -> Response:
    """Answer one GraphQL request; refusals are errors with a code, not statuses."""
    try:
        asked = _asked()
        document = _document(asked)
    except Malformed as error:
        return _told({"errors": [_shown(error)]}, 400)
    except (TooCostly, TooDeep, NoIntrospection) as error:
        return _told({"errors": [_shown(error)]})
    operation = get_operation_ast(document, asked.operationName)
    if request.method == "GET" and operation and operation.operation is OperationType.MUTATION:
        raise MethodNotAllowed(["POST"])
    schema = schema_of(town())
    if wrong := validate(schema, document, max_errors=5):
        return _told({"errors": [_shown(Malformed(reason=e.message)) for e in wrong]}, 400)
    with Desk(town(), actor()) as desk:
        done = asyncio.run(_execute(schema, document, asked=asked, desk=desk))
    told: dict[str, object] = {"data": done.data}
    if done.errors:
        told["errors"] = _errors(done)
    return _told(told, 400 if _unread(done) else 200)


def schema_of(here: Town) -> GraphQLSchema:
    """Return the schema of this town, made at the first request that needs it."""
    kept = current_app.extensions
    if "graphql" not in kept:
        kept["graphql"] = _schema(_graphs(here))
    found: GraphQLSchema = kept["graphql"]
    return found


def _graphs(here: Town) -> list[Graph]:
    names = [service.graphql.partition(":") for service in here.services if service.graphql]
    return [getattr(import_module(module), name) for module, _, name in names]


def _schema(graphs: list[Graph]) -> GraphQLSchema:
    links = {name: link for graph in graphs for name, link in graph.links.items()}
    types = Types(links, _following)
    looks = {n: types.field_for(f, _looking) for graph in graphs for n, f in graph.queries.items()}
    acts = {n: types.field_for(f, _acting) for graph in graphs for n, f in graph.mutations.items()}
    return GraphQLSchema(
        GraphQLObjectType("Query", looks), GraphQLObjectType("Mutation", acts) if acts else None
    )


def _looking(act: UseCase[Any, Any]) -> Callable[..., object]:
    def resolve(_root: object, info: GraphQLResolveInfo[Any], **given: object) -> object:
        wish = _wish(act, given, who=info.context.who)
        return act.call(info.context.reading(), wish)

    return resolve


def _acting(act: UseCase[Any, Any]) -> Callable[..., object]:
    def resolve(_root: object, info: GraphQLResolveInfo[Any], **given: object) -> object:
        desk = info.context
        wish = _wish(act, given, who=desk.who)

        def once() -> object:
            with desk.here.working(desk.who, request_id=g.get("request_id", "")) as ctx:
                return act.call(ctx, wish)

        result = run_again(once)
        desk.forget()
        desk.here.bell.set()
        return result

    return resolve


def _following(link: Link) -> Callable[..., Any]:
    async def resolve(thing: object, info: GraphQLResolveInfo[Any]) -> object:
        desk = info.context
        loader = desk.loaders.setdefault(link, Loader(link, desk))
        found = await loader.load(getattr(thing, link.on))
        return next(iter(found), None) if link.one else found

    return resolve


def _wish(act: UseCase[Any, Any], given: dict[str, object], *, who: Actor) -> Command:
    # Who may not do it at all learns that first, whatever else is wrong with the question.
    act.admit(who)
    wish: Command = read(act.command, {snake(name): value for name, value in given.items()})
    return wish


async def _execute(
    schema: GraphQLSchema, document: DocumentNode, *, asked: Request, desk: Desk
) -> ExecutionResult:
    done = execute(
        schema,
        document,
        context_value=desk,
        variable_values=asked.variables,
        operation_name=asked.operationName,
    )
    return done if isinstance(done, ExecutionResult) else await done


def _asked() -> Request:
    try:
        return read(Request, request.args.to_dict() if request.method == "GET" else _sent())
    except (BadRequest, Invalid) as error:
        if isinstance(error, TooCostly):
            raise
        raise Malformed(reason=gettext(NO_QUERY)) from error


def _sent() -> bytes:
    if not request.is_json:
        raise BadRequest(NO_QUERY)
    sent = request.get_data()
    # No batches either: one document may ask for many fields.
    if len(sent) > LONGEST or sent.lstrip().startswith(b"["):
        raise TooCostly
    return sent


def _document(asked: Request) -> DocumentNode:
    """Return what was sent as a document that may be validated and run."""
    try:
        document = parse(asked.query, max_tokens=MOST_TOKENS)
    except GraphQLSyntaxError as error:
        if TOO_LONG in error.message:
            raise TooCostly from error
        if TOO_NESTED in error.message:
            raise TooDeep(deepest=DEEPEST) from error
        raise Malformed(reason=error.message) from error
    check(document, may_introspect=actor().known)
    return document


def _unread(done: ExecutionResult) -> bool:
    """Tell whether nothing was asked at all: a variable that does not fit, no such operation."""
    errors = done.errors or []
    return bool(errors) and all(error.path is None for error in errors)


def _errors(done: ExecutionResult) -> list[dict[str, object]]:
    return [_error(error) for error in done.errors or ()]


def _error(error: GraphQLError) -> dict[str, object]:
    cause = error.original_error
    if isinstance(cause, DomainError):
        return {**_shown(cause), "path": error.path}
    if cause is None or isinstance(cause, GraphQLError):
        return {**_shown(Malformed(reason=error.message)), "path": error.path}
    if isinstance(cause, SQLAlchemyError) and too_busy(cause):
        return {**_shown(Busy()), "path": error.path}
    if no_room(cause):
        log.error("no room", exc_info=cause)
        return {**_shown(NoRoom()), "path": error.path}
    log.error("unforeseen in GraphQL", exc_info=cause)
    if isinstance(cause, Unanswered):
        return {**_shown(OutcomeUnknown()), "path": error.path}
    code = {"code": "core.unforeseen", "request_id": g.get("request_id", "")}
    return {"message": OURS, "path": error.path, "extensions": code}


def _shown(error: DomainError) -> dict[str, object]:
    return {"message": sentence(error), "extensions": {"code": error.code, "facts": error.facts}}


def _told(body: dict[str, object], status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, mimetype="application/json")
