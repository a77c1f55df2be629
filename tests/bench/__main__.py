"""`make bench [GOALS="G1 G5"]`: one line a goal. Times are shown, never asserted: machines are noisy."""

import importlib
import pkgutil
import sys

from tests import bench


def main(goals: list[str]) -> None:
    """Run every benchmark, or those whose lines begin with one of `goals`."""
    for module in sorted(info.name for info in pkgutil.iter_modules(bench.__path__) if info.name != "__main__"):
        found = importlib.import_module(f"tests.bench.{module}")
        measured = getattr(found, "GOALS", ())
        if not hasattr(found, "run") or (goals and measured and not set(goals) & set(measured)):
            continue
        for line in found.run():
            if not goals or line.split()[0] in goals:
                print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
