"""The worker: relays events, links the audit, plans and does jobs; threads, or a process."""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from time import monotonic

from townsquare.core.errors import Busy
from townsquare.core.heads import KEEP_HEADS
from townsquare.core.ids import new_id
from townsquare.core.jobs.rotating import ROTATION
from townsquare.core.jobs.running import LEASE, Errand, Runner
from townsquare.core.linking import Linker
from townsquare.core.manifest import Job
from townsquare.core.notifications.mails import SEND_MAIL
from townsquare.core.operations.checking import CHECK_INVARIANTS
from townsquare.core.outbox import Relay, delivering
from townsquare.core.pausing import Pause
from townsquare.core.pruning import PRUNE
from townsquare.core.schedule import Scheduler
from townsquare.core.town import Town
from townsquare.core.webhooks.calling import CALL_WEBHOOK

IDLE_SECONDS = 0.2
LINK_EVERY_SECONDS = 0.75
PAUSE_AFTER_FAILURE_SECONDS = 1.0
STOP_WITHIN_SECONDS = 10.0
log = logging.getLogger("townsquare.worker")


def works_of(town: Town) -> dict[str, Job | Errand]:
    """Return all jobs by name: those of the services and the core's own."""
    jobs = [job for service in town.services for job in (*service.jobs, *service.errands)]
    own: list[Job | Errand] = [
        SEND_MAIL,
        CALL_WEBHOOK,
        CHECK_INVARIANTS,
        KEEP_HEADS,
        PRUNE,
        delivering(town.services),
    ]
    return {job.name: job for job in (*own, *ROTATION, *jobs)}


class Worker:
    """Does what waits; `heard` is called when there may be live messages.

    Events are relayed by one thread and jobs are done by another, so that a job that takes long,
    or a mail server that does not answer, holds up no listener and no live page.
    """

    def __init__(self, town: Town, heard: Callable[[], None] = lambda: None) -> None:
        self._town, self._heard = town, heard
        self.name = f"{os.getpid()}-{new_id()}"
        works = works_of(town)
        self._relay, self._linker = Relay(town, self.name), Linker(town)
        self._runner = Runner(town, works, self.name)
        self._scheduler = Scheduler(town, works.values())
        self._pause = Pause(town)
        self._stopping, self._ask_for_jobs = Event(), Event()
        self._threads: list[Thread] = []

    def step(self) -> bool:
        """Do a little of everything; tell whether anything was done."""
        relayed = self._pass_on()
        return self._do_next() or relayed

    def drain(self, most: int = 10_000) -> int:
        """Work until nothing waits and return the number of steps; for tests and the demo."""
        steps = next((n for n in range(most) if not self.step()), most)
        while self._linker.step():
            pass
        self._relay.leave()  # Whoever works next need not wait for a lease.
        return steps

    def start(self) -> None:
        """Work in threads of this process, and hold the lease of what takes long."""
        log.info("worker started", extra={"facts": {"worker": self.name}})
        for part in (self._relaying, self._working, self._linking, self._hold):
            thread = Thread(target=part, name=f"worker {part.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> bool:
        """Finish the step in hand, or give its job back; tell whether it was finished."""
        end = monotonic() + STOP_WITHIN_SECONDS
        self._stopping.set()
        self._town.bell.set()
        self._ask_for_jobs.set()
        for thread in self._threads:
            thread.join(max(0.0, end - monotonic()))
        finished = not any(thread.is_alive() for thread in self._threads)
        # Where the job in hand still writes, nobody else may: the leases run out by themselves.
        with suppress(Busy):
            if not finished:
                self._runner.give_back()
            self._relay.leave()
        return finished

    def _relaying(self) -> None:
        self._repeat(self._pass_on, self._town.bell)

    def _working(self) -> None:
        self._repeat(self._do_next, self._ask_for_jobs)

    def _linking(self) -> None:
        # At a pace of its own: many entries in one commit, and none for long without its link.
        while not self._stopping.wait(LINK_EVERY_SECONDS):
            try:
                while self._linker.step() and not self._stopping.is_set():
                    pass
            except Exception:
                log.exception("audit not linked")

    def _repeat(self, step: Callable[[], bool], bell: Event) -> None:
        """Do this step until somebody stops us; a failure of the database is waited out."""
        while not self._stopping.is_set():
            # Cleared before looking, so that a commit while we look is not slept through.
            bell.clear()
            try:
                busy = step()
            except Exception:
                log.exception("worker failed")
                self._stopping.wait(PAUSE_AFTER_FAILURE_SECONDS)
                continue
            if not busy and not self._stopping.is_set():
                bell.wait(IDLE_SECONDS)

    def _pass_on(self) -> bool:
        if self._pause.on():
            return False
        self._ask_for_jobs.set()  # The bell has rung for both threads, and only this one hears it.
        relayed = self._relay.step()
        if relayed:
            self._heard()
            self._ask_for_jobs.set()
        return relayed

    def _do_next(self) -> bool:
        if self._pause.on():
            return False
        planned = self._scheduler.step()
        return self._runner.step() or planned

    def _hold(self) -> None:
        while not self._stopping.wait(LEASE.total_seconds() / 3):
            try:
                self._runner.hold()
            except Exception:
                log.exception("lease not prolonged")
