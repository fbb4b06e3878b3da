"""Many lanes as a Gymnasium vector environment."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import ArrayLike, NDArray

from ._native import Lanes, World
from .errors import InputError
from .options import renders_goal, tasks
from .settings import UNLIMITED, Camera, Goals, check_counts, check_render_mode
from .spaces import action_space, observation_space
from .state import State, pack, unpack

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]
Stepped: TypeAlias = tuple[Floats, Floats, Flags, Flags, dict[str, Any]]
Seed: TypeAlias = int | Sequence[int | None] | None

_NATIVE_NAMES: dict[AutoresetMode, Literal["next_step", "same_step", "disabled"]] = {
    AutoresetMode.NEXT_STEP: "next_step",
    AutoresetMode.SAME_STEP: "same_step",
    AutoresetMode.DISABLED: "disabled",
}


class VectorEnv(gymnasium.vector.VectorEnv[Floats, Floats, Any]):
    """Many copies of a world stepped together; `gymnasium.make_vec("freeroam/Ant-v0", num_envs=64)` makes one.

    Observations are float32 `[num_envs, observation]`, actions float32 `[num_envs, action]` in [-1, 1] (clipped to it).
    Lane `i` of lanes seeded `s` has the episodes of an `Env` seeded `s + i`, with the same bits for any number of
    threads and any `batch_size`. What an `Env` raises for bad input, this raises too, before any lane has moved. The
    interpreter's lock is released while the lanes step; a second thread that uses the same lanes meanwhile gets a
    `RuntimeError`.

    What comes after the end of an episode is `autoreset_mode`. With `SAME_STEP`, `info` has `final_obs` (an array of
    objects `[num_envs]`, the last observations) and `final_info`. `info` has an entry only where there is something to
    say, as an array `[num_envs, ..]` with a mask `[num_envs]` under its name after an underscore: `goal` and `success`
    with goals, `diverged` where the physics failed.

    Args:
        world: Id of the world, one of `freeroam.ids()`.
        num_envs: Number of lanes.
        max_episode_steps: Steps until an episode is truncated; None for the world's own number, -1 for never.
        autoreset_mode: When a lane whose episode has ended starts the next one.
        threads: Threads that step the lanes; None for one per core, at most one per lane.
        goals: As for `Env`.
        terminate_at_goal: As for `Env`.
        copy: Whether every call gives new arrays. Without it, `reset` and `step` write into the same arrays each time.
        batch_size: Lanes of each group that `send` and `recv` move; divides `num_envs`, which is the default.
        render_mode: None or `"rgb_array"`.
        camera: As for `Env`.
        width: Pixels across of each lane's picture.
        height: Pixels down of each lane's picture.
        seed: Seed of the first reset that is given none, so that `async_reset()` can follow at once.
    """

    metadata: dict[str, Any] = {
        "render_modes": ["rgb_array"],
        "render_fps": 20,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        world: str,
        num_envs: int = 1,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        threads: int | None = None,
        goals: Goals | None = None,
        terminate_at_goal: bool = True,
        copy: bool = True,
        batch_size: int | None = None,
        render_mode: str | None = None,
        camera: Camera = "tracking",
        width: int = 480,
        height: int = 480,
        seed: Seed = None,
    ) -> None:
        horizon = UNLIMITED if max_episode_steps == -1 else max_episode_steps
        check_counts(num_envs=num_envs, max_episode_steps=horizon, threads=threads, batch_size=batch_size)
        check_counts(width=width, height=height)
        check_render_mode(render_mode)
        self.autoreset_mode = _mode(autoreset_mode)
        name = _NATIVE_NAMES[self.autoreset_mode]
        self._lanes = Lanes(world, num_envs, threads, batch_size, horizon, name, goals, terminate_at_goal)
        self._first_seed = seed
        self._seeded = False
        self.world: World = self._lanes.world
        self.num_envs = num_envs
        self.batch_size = self._lanes.batch
        self.goals: Goals | None = goals
        self.terminate_at_goal = terminate_at_goal
        ours = {"render_fps": round(1 / self.world.dt), "autoreset_mode": self.autoreset_mode}
        self.metadata = type(self).metadata | ours
        self.single_observation_space = observation_space(self.world)
        self.single_action_space = action_space(self.world)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.render_mode = render_mode
        self._lanes.check_camera(camera, width, height)
        self._picture = camera, width, height
        self.copy = copy
        self._out = None if copy else _buffers(num_envs, len(self.world.observation_names))

    def reset(self, *, seed: Seed = None, options: dict[str, Any] | None = None) -> tuple[Floats, dict[str, Any]]:
        """Starts episodes in all lanes: their first observations `[num_envs, observation]`, and `info`.

        A seed `s` is `s + i` for lane `i`; a sequence has one seed for each lane, or None where a lane is to go on as
        it would. `options={"reset_mask": mask}` resets the lanes where the boolean array `mask` is true, and leaves the
        others as they are. `"task_id"` and `"render_goal"` are as for `Env`, the task for all lanes or as a sequence
        for each.
        """
        seed = self._seeds(seed)
        mask = None if options is None else options.get("reset_mask")
        observation, info = self._lanes.reset(seed, mask, tasks(self.world, self.num_envs, options), self._out)
        self._seeded = True
        if renders_goal(options):
            info["goal_rendered"] = self._lanes.render(*self._picture, at_goals=True)
            info["_goal_rendered"] = np.ones(self.num_envs, np.bool_) if mask is None else mask.copy()
        return observation, info

    def step(self, actions: ArrayLike) -> Stepped:
        """Steps all lanes by `world.dt` seconds: observations `[num_envs, observation]`, rewards (float32), terminated,
        truncated `[num_envs]` and `info`."""
        return self._lanes.step(actions, self._out)

    def async_reset(self, *, seed: Seed = None, options: dict[str, Any] | None = None) -> None:
        """Starts to reset all lanes in the background; `recv` gives their groups one by one."""
        self._lanes.async_reset(self._seeds(seed), tasks(self.world, self.num_envs, options))
        self._seeded = True

    def send(self, actions: ArrayLike, env_id: ArrayLike | None = None) -> None:
        """Starts to step one group of lanes in the background with `actions` `[batch_size, action]`. `env_id` is what
        `recv` gave for the group; there is no need of it when the group is all lanes."""
        self._lanes.send(actions, env_id)

    def recv(self) -> Stepped:
        """Waits for the group that was sent first: what `step` gives, for its `batch_size` lanes, in new arrays.
        `info["env_id"]` are the lanes. The order is that of sending, whatever the number of threads."""
        return self._lanes.recv()

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """The lanes as they stand, `[height, width, 3]` each, goals marked; None without a render mode."""
        return None if self.render_mode is None else tuple(self._lanes.render(*self._picture))

    def get_state(self) -> bytes:
        """The exact state of all lanes, random streams included. Raises while groups are in the background."""
        return pack(State(self._np_random, self._np_random_seed, self._seeded, self._lanes.save()))

    def set_state(self, state: bytes) -> None:
        """Restores what `get_state` gave, here or in another vector environment made alike but for its number of
        threads: it continues bit for bit."""
        saved = unpack(state)
        self._lanes.load(saved.lanes)
        self._np_random, self._np_random_seed, self._seeded = saved.np_random, saved.np_random_seed, saved.seeded

    def close_extras(self, **kwargs: Any) -> None:
        """Ends the threads and frees the lanes."""
        # Gymnasium before 1.3 closes when it collects, even what was never made because a setting was refused.
        if hasattr(self, "_lanes"):
            self._lanes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _seeds(self, seed: Seed) -> Seed:
        """The seeds of a reset; those of the first are always given."""
        if not self._seeded and seed is None:
            seed = self._first_seed
        if isinstance(seed, Integral):
            seed = int(seed)  # NumPy's integers are none of Python's
        if seed is None or isinstance(seed, int):
            super().reset(seed=seed)
        if self._seeded:
            return seed
        if seed is None:
            return int(self.np_random.integers(2**63))
        if isinstance(seed, int):
            return seed
        return [int(self.np_random.integers(2**63)) if one is None else one for one in seed]


def _mode(mode: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        names = ", ".join(repr(known.value) for known in AutoresetMode)
        raise InputError(f"autoreset_mode is {mode!r}, expected an AutoresetMode or one of {names}") from None


def _buffers(lanes: int, width: int) -> tuple[Floats, Floats, Flags, Flags]:
    flags = np.zeros(lanes, np.bool_), np.zeros(lanes, np.bool_)
    return np.zeros((lanes, width), np.float32), np.zeros(lanes, np.float32), *flags
