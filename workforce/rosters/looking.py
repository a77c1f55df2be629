"""Looking at a long file takes longer than a page may: one thread each, and how far it is. A look writes nothing."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from workforce.rosters.running import share_the_processor

log = structlog.get_logger()
LONG_ROWS = 5_000
"""From how many rows on a look has its own thread: up to here it takes less than some three seconds."""


@dataclass
class Looking:
    """Rows read of rows in the sheet; `failed` once it has ended without success."""

    total: int
    done: int = 0
    failed: bool = False
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds_left(self) -> int:
        """About how long it still takes; 0 while nobody can say."""
        return int((time.monotonic() - self.started) / self.done * max(self.total - self.done, 0)) if self.done else 0


_under_way: dict[tuple[uuid.UUID, bytes], Looking] = {}


def start(import_id: uuid.UUID, made_with: bytes, total: int, work: Callable[[Callable[[int], None]], None]) -> None:
    """Run `work(tell)` in a thread of its own, unless the same look is under way."""
    key = (import_id, made_with)
    looking = _under_way.get(key)
    if looking is not None and not looking.failed:
        return
    looking = _under_way[key] = Looking(total)

    def tell(done: int) -> None:
        looking.done = done

    def run() -> None:
        share_the_processor()
        try:
            work(tell)
        except Exception as problem:  # noqa: BLE001  Nobody waits for the thread: it says that it failed.
            looking.failed = True
            log.error("look_failed", import_id=str(import_id), kind=type(problem).__name__)  # noqa: TRY400  A trace could show cells.
        else:
            _under_way.pop(key, None)

    threading.Thread(target=run, name=f"look-{import_id}", daemon=True).start()


def progress_of(import_id: uuid.UUID, made_with: bytes) -> Looking | None:
    """How far a look of this process is; None when there is none under way."""
    return _under_way.get((import_id, made_with))


def forget(import_id: uuid.UUID, made_with: bytes) -> None:
    """Forget a look that failed."""
    _under_way.pop((import_id, made_with), None)
