"""The worlds under their Gymnasium names, registered when `freeroam` is imported."""

from __future__ import annotations

from typing import Any

import gymnasium

from ._native import ids, world


def register() -> None:
    """Registers every world as `freeroam/ID`. Mazes have goals from their tasks, unless made with `goals=None`."""
    for id in ids():
        name = f"freeroam/{id}"
        if name in gymnasium.registry:
            continue
        described = world(id)
        kwargs: dict[str, Any] = {"world": id}
        if described.tasks:
            kwargs["goals"] = "tasks"
        gymnasium.register(
            name,
            entry_point="freeroam.env:Env",
            vector_entry_point="freeroam.vector:VectorEnv",
            max_episode_steps=described.horizon,
            kwargs=kwargs,
        )
