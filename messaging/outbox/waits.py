"""How long the delivery waits for what. One set for the whole process; `muster` runs with the figures below."""

from dataclasses import dataclass, replace
from datetime import timedelta


@dataclass(frozen=True)
class Waits:
    """Seconds and moments of the delivery.

    `lease`: a claim that nobody has submitted is free again. `look_up`: a text in doubt is looked for in the provider's list.
    `give_up`: nobody knows of it, so the rule of its purpose decides. `checks`: after its acceptance, when a text without a
    receipt is asked about. `inbound`: how often the provider's list of incoming texts is read. `timeout`: of one call;
    it ends before `look_up` begins, so what is looked for is never still on its way. `look_around`: how often the lookout goes round.
    `probe`: how long a gateway that fails is left alone before one text tries it.
    """

    lease: timedelta = timedelta(seconds=60)
    look_up: timedelta = timedelta(seconds=30)
    give_up: timedelta = timedelta(seconds=120)
    checks: tuple[timedelta, ...] = (
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=6),
    )
    inbound: timedelta = timedelta(minutes=5)
    probe: timedelta = timedelta(seconds=30)
    timeout_seconds: float = 10.0
    look_around_seconds: float = 5.0

    def shortened(self, by: float) -> "Waits":
        """Every wait divided by the same number: the order of things stays as it is."""
        return replace(
            self,
            lease=self.lease / by,
            look_up=self.look_up / by,
            give_up=self.give_up / by,
            checks=tuple(one / by for one in self.checks),
            inbound=self.inbound / by,
            probe=self.probe / by,
            timeout_seconds=self.timeout_seconds / by,
            look_around_seconds=self.look_around_seconds / by,
        )


_now = Waits()


def waits() -> Waits:
    """The figures of this process."""
    return _now


def use(chosen: Waits) -> None:
    """Take other figures. Only the chaos run does: it has a day to live through in a few minutes."""
    global _now  # noqa: PLW0603  Read once at the start of a process that lives for this.
    _now = chosen


def next_check(accepted_checks: int) -> timedelta | None:
    """How long after its acceptance a text is asked about, having been asked about so many times; None: not any more."""
    steps = _now.checks
    return steps[accepted_checks] if accepted_checks < len(steps) else None
