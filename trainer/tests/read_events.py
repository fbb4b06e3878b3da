"""Prints the scalars of a TensorBoard folder: `tag: step value wall_time, ..`, tags in alphabetical order.

Usage: python read_events.py FOLDER   (pip install tensorboard)
"""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
events.Reload()
for tag in sorted(events.Tags()["scalars"]):
    print(f"{tag}: " + ", ".join(f"{e.step} {e.value} {e.wall_time}" for e in events.Scalars(tag)))
