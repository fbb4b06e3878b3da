"""What `reset(options=...)` may say, as in OGBench."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

from ._native import FreeroamError, World


def tasks(world: World, lanes: int, options: Mapping[str, Any] | None) -> list[int | None] | None:
    """`options["task_id"]` as one index per lane. It counts from 1 and is one number for all lanes, or one per lane
    with None where the task is to be drawn."""
    task = None if options is None else options.get("task_id")
    if task is None:
        return None
    each = [task] * lanes if isinstance(task, Integral) else list(task)
    return [None if one is None else _index(world, one) for one in each]


def _index(world: World, task: object) -> int:
    if isinstance(task, Integral) and 1 <= int(task) <= world.tasks:
        return int(task) - 1
    expected = f"an integer from 1 to {world.tasks}" if world.tasks else f"none, since {world.id} has no tasks"
    raise FreeroamError(f"task_id is {task!r}, expected {expected}")


def renders_goal(options: Mapping[str, Any] | None) -> bool:
    """Whether `options["render_goal"]` asks for pictures of the goal."""
    return options is not None and bool(options.get("render_goal", False))
