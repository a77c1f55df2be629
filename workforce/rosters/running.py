"""Long imports: one thread each, and how far it is, for the page to ask every second."""

import sys
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

log = structlog.get_logger()
TURN_SECONDS = 0.0005
LONG_ROWS = 2_000
"""From how many rows on an import is worth its own thread: up to here it takes about a second."""


@dataclass
class Progress:
    """Rows done of rows in the sheet; `failed` once it has ended without success."""

    total: int
    done: int = 0
    failed: bool = False


_running: dict[uuid.UUID, Progress] = {}


def start(import_id: uuid.UUID, total: int, work: Callable[[Callable[[int], None]], None]) -> None:
    """Run `work(tell)` in a thread of its own; `tell(rows)` moves the progress."""
    progress = _running.setdefault(import_id, Progress(total))
    progress.failed, progress.done = False, 0

    def tell(done: int) -> None:
        progress.done = done

    def run() -> None:
        share_the_processor()
        try:
            work(tell)
        except Exception as problem:  # noqa: BLE001  Nobody waits for the thread: it says that it failed, and the import can go on.
            progress.failed = True
            log.error("import_failed", import_id=str(import_id), kind=type(problem).__name__)  # noqa: TRY400  A trace could show cells.
        else:
            _running.pop(import_id, None)

    threading.Thread(target=run, name=f"import-{import_id}", daemon=True).start()


def share_the_processor() -> None:
    """Let the threads of this process take turns ten times as often.

    A page gives the interpreter up at each of its statements, and beside a thread that works without pause it waited five
    thousandths of a second to have it back: forty times for one list of workers.
    """
    sys.setswitchinterval(TURN_SECONDS)


def progress_of(import_id: uuid.UUID) -> Progress | None:
    """How far an import of this process is; None when it has no such thread."""
    return _running.get(import_id)


def seconds_left(progress: Progress, taken: timedelta) -> int:
    """About how long an import still takes that has been at it for `taken`; 0 while nobody can say."""
    return int(taken.total_seconds() / progress.done * max(progress.total - progress.done, 0)) if progress.done else 0


def forget(import_id: uuid.UUID) -> None:
    """Forget an import that failed."""
    _running.pop(import_id, None)
