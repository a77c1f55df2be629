"""What one look at a board has drawn, kept for whoever looks at the same with the same rights in the same language.

Twenty open boards then cost little more than one. Kept in memory only, one drawing for each view, and not for longer than KEEP.
"""

import time
from collections.abc import Callable, Hashable
from threading import Lock

KEEP_SECONDS = 60.0
MOST_KEPT = 64
_kept: dict[Hashable, tuple[str, float, str]] = {}
_drawing = tuple(Lock() for _ in range(16))


def shared(key: Hashable, stamp: str, draw: Callable[[], str]) -> str:
    """The drawing called `key` as it is at `stamp`: the one that is kept, or a new one. Who comes while it is drawn waits for it."""
    with _drawing[hash(key) % len(_drawing)]:
        now = time.monotonic()
        for old in [one for one, (_stamp, at, _drawn) in list(_kept.items()) if now - at > KEEP_SECONDS]:
            _kept.pop(old, None)
        known, _at, drawn = _kept.get(key, ("", 0.0, ""))
        if known == stamp:
            return drawn
        drawn = draw()
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = (stamp, now, drawn)
        return drawn
