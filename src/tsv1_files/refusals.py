"""Why a program stops: one sentence that says what to do, and the exit code 1."""

import click


class Refused(click.ClickException):
    """The program cannot do what it was asked."""
