"""Lanes as a native environment of PufferLib 3.

PufferLib declares versions of Gymnasium and NumPy that nothing current can be installed beside, so there is no extra
for it: `pip install --no-deps pufferlib`, and what it imports.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pufferlib
from numpy.typing import NDArray

from ._native import Lanes, World
from .spaces import action_space, observation_space


class PufferEnv(pufferlib.PufferEnv):  # type: ignore[misc]
    """Lanes that are stepped right into PufferLib's buffers: no copy in Python.

    `pufferlib.vector.make(freeroam.puffer.PufferEnv, env_kwargs={"world": "Ant-v0", "num_envs": 64})`. Every lane is an
    agent. A lane whose episode has ended begins the next one in the same step: `observations` are then those of the new
    episode, `rewards`, `terminals` and `truncations` those of the old one. `infos` has a dictionary for each episode
    that has ended.

    Args:
        world: Id of the world, one of `freeroam.ids()`.
        num_envs: Number of lanes.
        max_episode_steps: Steps until an episode is truncated; None for the world's own number.
        threads: Threads that step the lanes. PufferLib has a process for each core, hence one.
        buf: PufferLib's buffers; None for new ones.
        seed: Seed of the lanes until `reset` is given one, as there.
    """

    def __init__(
        self,
        world: str,
        num_envs: int = 1,
        *,
        max_episode_steps: int | None = None,
        threads: int = 1,
        buf: dict[str, NDArray[Any]] | None = None,
        seed: int = 0,
    ) -> None:
        self._lanes = Lanes(
            world, num_envs, threads, horizon=max_episode_steps, autoreset="same_step", seed=seed * num_envs
        )
        self.world: World = self._lanes.world
        self.single_observation_space = observation_space(self.world)
        self.single_action_space = action_space(self.world)
        self.num_agents = num_envs
        super().__init__(buf)
        self._returns = np.zeros(num_envs)
        self._lengths = np.zeros(num_envs, np.int64)

    def reset(self, seed: int | None = None) -> tuple[NDArray[np.float32], list[dict[str, float]]]:
        """Starts episodes in all lanes; a seed `s` is `s * num_envs + i` for lane `i`.

        PufferLib seeds its workers one after the other, as if each had one lane: this keeps their lanes apart.
        """
        self._lanes.reset(None if seed is None else seed * self.num_agents, out=self._buffers())
        self._returns[:] = 0
        self._lengths[:] = 0
        return self.observations, []

    def step(self, actions: NDArray[np.float32]) -> tuple[Any, Any, Any, Any, list[dict[str, float]]]:
        """Steps all lanes with `actions` `[num_envs, action]` into the buffers."""
        self._lanes.step(actions, self._buffers())
        self._returns += self.rewards
        self._lengths += 1
        ended = np.flatnonzero(self.terminals | self.truncations)
        infos = [
            {"episode_return": float(self._returns[lane]), "episode_length": int(self._lengths[lane])} for lane in ended
        ]
        self._returns[ended] = 0
        self._lengths[ended] = 0
        return self.observations, self.rewards, self.terminals, self.truncations, infos

    def notify(self) -> None:
        """PufferLib's signal to its workers; there is nothing to do."""

    def close(self) -> None:
        """Frees the lanes."""
        self._lanes.close()

    def _buffers(self) -> Any:
        return self.observations, self.rewards, self.terminals, self.truncations
