"""Figures for Prometheus. They are read from the database at each scrape, so every web process gives the same ones."""

import hmac
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE

from workforce.core import db as database
from workforce.core import health
from workforce.core.config import Settings

__all__ = ["CONTENT_TYPE", "code_label", "gauge", "may_read", "of_installation", "written"]
_LABEL = re.compile(r"\w{1,24}", re.ASCII)


def may_read(token: str, shown: str) -> bool:
    """Whether an Authorization header shows the installation's token."""
    return hmac.compare_digest(shown.removeprefix("Bearer ").strip().encode(), token.encode())


def written(families: Iterable[GaugeMetricFamily]) -> bytes:
    """The figures as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Read(families))
    return bytes(generate_latest(registry))


def gauge(name: str, help_text: str, labels: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> GaugeMetricFamily:
    """One figure with its rows: the values of the labels, then the number."""
    made = GaugeMetricFamily(f"muster_{name}", help_text, labels=labels)
    for row in rows:
        made.add_metric([str(part) for part in row[:-1]], float(str(row[-1])))
    return made


def code_label(text: str) -> str:
    """A provider's code as a label. What does not look like one is "other": labels must stay few, and say nothing."""
    return text if _LABEL.fullmatch(text) else "other"


def of_installation(settings: Settings, now: datetime) -> list[GaugeMetricFamily]:
    """Whether the installation is ready, its room, its processes."""
    with database.reading() as db:
        workers, clock = health.living(db, "worker", now), health.silence(db, "clock", now)
    return [
        gauge("ready", "1 when /readyz says ready.", (), [(0 if health.why_not(settings, now) else 1,)]),
        gauge("disk_free_bytes", "Room left where database and files lie.", (), [(health.free_bytes(settings),)]),
        gauge("workers", "Delivery workers that gave a sign in the last 45 seconds.", (), [(workers,)]),
        gauge(
            "clock_lag_seconds",
            "Seconds since the clock last ticked; it ticks every five.",
            (),
            [("Inf" if clock is None else clock,)],
        ),
    ]


class _Read:
    """What the library calls a collector: it yields the families when asked."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families
