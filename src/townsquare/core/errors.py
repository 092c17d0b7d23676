"""The errors every surface knows how to show.

A use case raises one of these four families; no use case knows about HTTP.
"""

from collections.abc import Mapping

from townsquare.core.words import translatable


class DomainError(Exception):
    """Something the person asked for cannot be done, and we can say why."""

    code = "core.error"
    message = translatable("This cannot be done.")

    def __init__(self, **facts: object) -> None:
        super().__init__(self.message.format(**facts))
        self.facts = facts


class NotFound(DomainError):
    """There is no such thing, or none that this person may know of."""

    code = "core.not-found"
    message = translatable("We could not find that; check the address or search for it.")


class NotAllowed(DomainError):
    """The person lacks the permission that the use case asks for."""

    code = "core.not-allowed"
    message = translatable("You are not allowed to do that; ask the people who run this service.")


class NotConfirmed(NotAllowed):
    """The act is open to this person, once they have shown that it is still them."""

    code = "core.not-confirmed"
    message = translatable(
        "Confirm first that it is you, on the page of your account; then do this within minutes."
    )


class BeyondScope(NotAllowed):
    """The token of a program opens less than this asks for."""

    code = "core.beyond-scope"
    message = translatable(
        "The scope of this token ({scope}) does not open this; use a token with a wider scope."
    )


class NotIdentified(NotAllowed):
    """What was sent to show who is asking does not count; nobody goes on as a guest with it."""

    code = "core.not-identified"
    message = translatable("We do not recognise who is asking; sign in again.")


class Undeclared(NotAllowed):
    """A surface called a function that is no declared use case."""

    code = "core.undeclared"
    message = translatable("This act is not open to anybody; ask the people who run this service.")


class Conflict(DomainError):
    """The wish was fine, but the state of the town has moved on."""

    code = "core.conflict"
    message = translatable("That no longer fits; look at the current state and try again.")


class StaleVersion(Conflict):
    """Somebody else has changed the thing since it was read."""

    code = "core.stale-version"
    message = translatable(
        "Somebody has changed this since you opened it; load it again and repeat your change."
    )


class AlreadyDone(Conflict):
    """The same page was sent twice; it was done once."""

    code = "core.already-done"
    message = translatable(
        "You have already sent this, and it was done once; go back to see the result."
    )


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    code = "core.still-running"
    message = translatable(
        "The first request with this Idempotency-Key is still at work; ask again in a moment."
    )


class Busy(DomainError):
    """So much is going on that the database did not answer in time; nothing was changed."""

    code = "core.busy"
    message = translatable(
        "The town is very busy, and nothing was changed; try the same again in a moment."
    )


class NoRoom(DomainError):
    """The disk is full; nothing was changed, and what is there can still be read."""

    code = "core.no-room"
    message = translatable(
        "There is no room left to keep this, and nothing was changed; tell the people who run the"
        " town, and send it again when they have made room."
    )


class OutcomeUnknown(DomainError):
    """The database failed while it wrote the work down, and did not say whether it has."""

    code = "core.outcome-unknown"
    message = translatable(
        "Something broke while this was being kept; look whether it is there before you send it"
        " again."
    )


class TooOften(DomainError):
    """Somebody has been wrong so often that they have to wait; nobody waits for ever."""

    code = "core.too-often"
    message = translatable("That was wrong too often; try again in {seconds} seconds.")


class TooMany(DomainError):
    """More was asked for than one account, token or network may have in a short time."""

    code = "core.too-many"
    message = translatable(
        "That was more than the town can do for one of us in so short a time; go on in {seconds}"
        " seconds."
    )


class BusyForYou(TooMany):
    """What takes long is still being done for the same account or token."""

    code = "core.busy-for-you"
    message = translatable(
        "{most} such requests of yours are still being worked on; wait until one is done, and try"
        " again in {seconds} seconds."
    )


class Invalid(DomainError):
    """What was entered cannot be read or breaks a rule."""

    code = "core.invalid"
    message = translatable("Some of what you entered needs another look.")

    @property
    def fields(self) -> Mapping[str, str]:
        """Return one sentence for each field that cannot be read."""
        found = self.facts.get("fields")
        return found if isinstance(found, Mapping) else {}


class UnknownField(Invalid):
    """Something was sent under a name that nothing here reads."""

    code = "core.unknown-field"
    message = translatable("There is no field {names} here; correct its name or leave it out.")


class RepeatedField(Invalid):
    """An object has the same field twice, and nobody knows which one was meant."""

    code = "core.repeated-field"
    message = translatable("The field {names} stands there more than once; send it once.")


class NoObject(Invalid):
    """A list, a text or a number came where fields with names are needed."""

    code = "core.no-object"
    message = translatable("Send one object with the fields by their names, not a list or a value.")


class BadDate(Invalid):
    """A day that no calendar has, or one that cannot be meant."""

    code = "core.bad-date"
    message = translatable("{typed} is no date that can be meant; enter it as 2026-03-12.")


class KeyReused(Invalid):
    """An idempotency key came back with another wish."""

    code = "core.key-reused"
    message = translatable("This Idempotency-Key was used for another request; make a new key.")


class ForeignOrigin(NotAllowed):
    """A page of another site, or none at all, asked for a socket with the cookie of a person."""

    code = "core.foreign-origin"
    message = translatable("This line is opened from our own pages; open the page and try again.")


class NotJson(Invalid):
    """A message of a socket is no JSON."""

    code = "core.not-json"
    message = translatable("This message is not JSON; send one object as text.")


class MessageTooLong(Invalid):
    """A message of a socket is longer than any that fits."""

    code = "core.message-too-long"
    message = translatable("This message is too long; send at most {most} bytes.")


class UnknownMessage(Invalid):
    """A message has a type that this socket does not hear."""

    code = "core.unknown-message"
    message = translatable("This line hears messages of the type {hears}; send one of these.")


class NoClientId(Invalid):
    """A message that changes something does not say by which name its repeat is known."""

    code = "core.no-client-id"
    message = translatable("Send a client_id of 1 to 255 printable characters with each message.")


class EmptyList(Invalid):
    """A list was sent of which at least one entry is needed."""

    code = "core.empty-list"
    message = translatable("The list is empty; send at least one entry.")
