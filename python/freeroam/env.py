"""One lane as a Gymnasium environment."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._native import Lanes, World
from .options import renders_goal, tasks
from .settings import UNLIMITED, Camera, Goals, check_counts, check_render_mode
from .spaces import action_space, observation_space
from .state import State, pack, unpack


class Env(gymnasium.Env[NDArray[np.float32], NDArray[np.float32]]):
    """One copy of a world; `gymnasium.make("freeroam/Ant-v0")` makes one that is truncated at the world's horizon.

    Observations are float32 `[observation]`, actions float32 `[action]` in [-1, 1] (clipped to it). A seed `s` gives
    the episodes of lane 0 of the Rust lanes with seed `s`, whatever was before. An action of another shape or with
    numbers that are not finite raises `ValueError`, one that is not made of real numbers `TypeError`, a step before
    `reset` or after the end of the episode `gymnasium.error.ResetNeeded`, and any use after `close`
    `gymnasium.error.ClosedEnvironmentError`.

    With `goals`, the task is to reach a place: the reward is 1 within `world.goal_radius` metres of it, else 0. `info`
    then has `goal` (the episode's first observation with the goal's x and y) and, after a step, `success`.
    `info["diverged"]` is there, and true, only where the physics failed: such an episode is truncated, and its last
    step not to be learned from.

    Args:
        world: Id of the world, one of `freeroam.ids()`.
        max_episode_steps: Steps until an episode is truncated; None for never.
        goals: `"tasks"` draws one of the maze's tasks at each reset, start and goal; `"anywhere"` starts as the world
            does, and the goal can be anywhere; None for the world's own reward.
        terminate_at_goal: Whether reaching the goal ends the episode.
        render_mode: None or `"rgb_array"`.
        camera: Where pictures are taken from: `"tracking"` from behind and above the body, `"above"` straight down on
            it, `"whole"` straight down on the whole maze.
        width: Pixels across.
        height: Pixels down.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 20}

    def __init__(
        self,
        world: str,
        *,
        max_episode_steps: int | None = None,
        goals: Goals | None = None,
        terminate_at_goal: bool = True,
        render_mode: str | None = None,
        camera: Camera = "tracking",
        width: int = 480,
        height: int = 480,
    ) -> None:
        check_counts(max_episode_steps=max_episode_steps, width=width, height=height)
        check_render_mode(render_mode)
        horizon = UNLIMITED if max_episode_steps is None else max_episode_steps
        self._lanes = Lanes(world, 1, 1, None, horizon, "disabled", goals, terminate_at_goal)
        self._seeded = False
        self.world: World = self._lanes.world
        self.goals: Goals | None = goals
        self.terminate_at_goal = terminate_at_goal
        self.metadata = type(self).metadata | {"render_fps": round(1 / self.world.dt)}
        self.observation_space = observation_space(self.world)
        self.action_space = action_space(self.world)
        self.render_mode = render_mode
        self._lanes.check_camera(camera, width, height)
        self._picture = camera, width, height

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Starts an episode: its first observation `[observation]`, and `info`.

        Without a seed the episodes go on from the last one; the first draws a seed from `np_random`. With goals,
        `options={"task_id": k}` chooses task `k`, counted from 1, and `"render_goal": True` adds a picture of the goal
        as `info["goal_rendered"]`.
        """
        super().reset(seed=seed)
        if seed is None and not self._seeded:
            seed = int(self.np_random.integers(2**63))
        observation, info = self._lanes.reset_one(seed, tasks(self.world, 1, options))
        self._seeded = True
        if renders_goal(options):
            info["goal_rendered"] = self._lanes.render(*self._picture, at_goals=True)[0]
        return observation, info

    def step(self, action: ArrayLike) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Advances by `world.dt` seconds: observation `[observation]`, reward, terminated, truncated, `info`."""
        return self._lanes.step_one(action)

    def render(self) -> NDArray[np.uint8] | None:
        """The world as it stands, `[height, width, 3]`, its goal marked; None without a render mode."""
        return None if self.render_mode is None else self._lanes.render(*self._picture)[0]

    def get_state(self) -> bytes:
        """The exact state, random streams included."""
        return pack(State(self._np_random, self._np_random_seed, self._seeded, self._lanes.save()))

    def set_state(self, state: bytes) -> None:
        """Restores what `get_state` gave, here or in another environment made alike: it continues bit for bit."""
        saved = unpack(state)
        self._lanes.load(saved.lanes)
        self._np_random, self._np_random_seed, self._seeded = saved.np_random, saved.np_random_seed, saved.seeded

    def close(self) -> None:
        """Frees the world. Closing again has no effect."""
        self._lanes.close()
