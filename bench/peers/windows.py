"""The measuring protocol shared by every program of a bench.

A program prints one line of JSON when it is set up and warm: {"name": ..., "unit": ..., "versions": {...}}. Then, for
each line on its standard input, a number of seconds, it works that long and prints {"units": n, "seconds": t}. Between
lines it only waits, so that two programs pinned to one core can take turns.
"""

import json
import sys
import time


def serve(name, unit, versions, step):
    """Warms up, then measures windows; `step` does some work and returns how many units it did."""
    window(step, 0.5)
    print(json.dumps({"name": name, "unit": unit, "versions": versions}), flush=True)
    for line in sys.stdin:
        print(json.dumps(window(step, float(line))), flush=True)


def window(step, seconds):
    """Calls `step` for at least `seconds` and counts."""
    units, start = 0, time.perf_counter()
    while True:
        units += step()
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return {"units": units, "seconds": elapsed}
