"""What people can wish for with passkeys."""

from pydantic import Field

from townsquare.core.identity.commands import ThisSession
from townsquare.core.identity.factor_commands import KeepRecoveryCodes
from townsquare.core.usecase import Command
from townsquare.core.words import translatable

LONGEST_ANSWER = 20_000


class GivePasskey(Command):
    """What the browser answers to a challenge; a script fills it in."""

    answer: str = Field(
        title=translatable("Passkey"), min_length=1, max_length=LONGEST_ANSWER, repr=False
    )


class NamePasskey(GivePasskey):
    """A new passkey and its name."""

    name: str = Field(
        title=translatable("Name"),
        description=translatable("What you recognise it by, such as the device that keeps it."),
        min_length=1,
        max_length=60,
    )


class AskForChallenge(Command):
    """A browser that is about to answer, by the digest of its key."""

    browser: str = Field(max_length=64, repr=False)


class EnterByPasskey(GivePasskey):
    """An answer to come in by, with the key of half a sign-in if this browser has one."""

    browser: str = Field(max_length=64, repr=False)
    half: str = Field(default="", max_length=64, repr=False)
    remember: bool = False
    agent: str = Field(default="", max_length=60)


class ConfirmByPasskey(GivePasskey, ThisSession):
    """An answer by which somebody shows that it is still them."""


class KeepPasskey(NamePasskey, KeepRecoveryCodes):
    """A new passkey; with the first one come the digests of recovery codes."""


class ChoosePasskey(ThisSession):
    """One of one's own passkeys."""

    id: str = Field(title=translatable("Passkey"), max_length=26)
