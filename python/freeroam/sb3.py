"""Lanes as a `VecEnv` of Stable-Baselines3: `pip install freeroam[sb3]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorWrapper
from numpy.typing import NDArray
from stable_baselines3.common import vec_env

from .errors import InputError

#: What SB3 calls the entries of `info` that it looks for.
_SB3_NAMES = {"success": "is_success"}


class VecEnv(vec_env.VecEnv):
    """A vector environment with same-step autoreset, for Stable-Baselines3.

    `VecEnv(gymnasium.make_vec("freeroam/Ant-v0", num_envs=64, autoreset_mode="SameStep"))`; for HER put
    `freeroam.VectorGoalObservation` between the two. `info` is a list with a dictionary for each lane: the
    environment's entries, `is_success` for `success`, and where an episode has ended `terminal_observation` and
    `TimeLimit.truncated`. `seed` and `set_options` hold for the next `reset`; of the options it takes `task_id`.

    The lanes are one environment: `get_attr` gives its attribute once for each lane asked for, `set_attr` sets it for
    all lanes, `env_method` calls its method once and gives the result once for each lane asked for.
    """

    def __init__(self, env: gymnasium.vector.VectorEnv[Any, Any, Any]) -> None:
        mode = env.metadata.get("autoreset_mode")
        if mode != AutoresetMode.SAME_STEP:
            raise ValueError(f"the environment's autoreset_mode is {mode}, expected {AutoresetMode.SAME_STEP}")
        if not getattr(env.unwrapped, "copy", True):
            raise InputError("copy is False, expected True: Stable-Baselines3 keeps what a step returns")
        self.env = env
        self._actions: NDArray[np.float32] | None = None
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)

    def reset(self) -> Any:
        """Starts all lanes: observations `[num_envs, ..]` or a dictionary of them; `info` is in `reset_infos`."""
        seeds: Any = None if all(seed is None for seed in self._seeds) else self._seeds
        tasks = [options.get("task_id") for options in self._options]
        options = None if all(task is None for task in tasks) else {"task_id": tasks}
        observation, info = self.env.reset(seed=seeds, options=options)
        self.reset_infos = _by_lane(info, self.num_envs)
        self._reset_seeds()
        self._reset_options()
        return observation

    def step_async(self, actions: NDArray[np.float32]) -> None:
        """Keeps `actions`, `[num_envs, action]`, for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Steps: observations, rewards `[num_envs]`, dones `[num_envs]`, `info`."""
        if self._actions is None:
            raise RuntimeError("step_wait without step_async")
        actions, self._actions = self._actions, None
        observation, reward, terminated, truncated, info = self.env.step(actions)
        done = terminated | truncated
        final_observations, final_info = info.pop("final_obs", None), info.pop("final_info", {})
        infos = _by_lane(info, self.num_envs)
        for lane, last in enumerate(_by_lane(final_info, self.num_envs)):
            if done[lane]:
                infos[lane] |= last
                infos[lane]["terminal_observation"] = final_observations[lane]
                infos[lane]["TimeLimit.truncated"] = bool(truncated[lane] and not terminated[lane])
        return observation, reward, done, infos

    def close(self) -> None:
        """Frees the lanes."""
        self.env.close()

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """A picture `[height, width, 3]` of each lane."""
        frames: Any = self.env.render()
        return [None] * self.num_envs if frames is None else list(frames)

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The environment's attribute, once for each lane asked for."""
        return self._for_each(self._find(attr_name), indices)

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Sets the environment's attribute; `indices` must be all lanes, or None."""
        if len(set(self._get_indices(indices))) != self.num_envs:
            raise ValueError(f"indices are {indices}, expected all lanes, which share their attributes")
        setattr(self.env, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Calls the environment's method once; its result, once for each lane asked for."""
        return self._for_each(self._find(method_name)(*method_args, **method_kwargs), indices)

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """False: no lane has wrappers of its own."""
        return self._for_each(False, indices)

    def _find(self, name: str) -> Any:
        """What the environment, or one that it wraps, has under this name."""
        env = self.env
        while isinstance(env, VectorWrapper) and not hasattr(env, name):
            env = env.env
        return getattr(env, name)

    def _for_each(self, value: Any, indices: Any) -> list[Any]:
        return [value for _ in self._get_indices(indices)]


def _by_lane(info: dict[str, Any], lanes: int) -> list[dict[str, Any]]:
    """A dictionary of arrays and their masks as one dictionary for each lane."""
    each: list[dict[str, Any]] = [{} for _ in range(lanes)]
    for key, values in info.items():
        if not key.startswith("_"):
            for lane in np.flatnonzero(info[f"_{key}"]):
                each[lane][_SB3_NAMES.get(key, key)] = _of_lane(values, lane)
    return each


def _of_lane(values: Any, lane: int | np.integer[Any]) -> Any:
    """What a lane has of an array, or of a dictionary of arrays, whose own masks may be left out."""
    if not isinstance(values, dict):
        return values[lane]
    has = {key: f"_{key}" not in values or values[f"_{key}"][lane] for key in values if not key.startswith("_")}
    return {key: _of_lane(values[key], lane) for key, there in has.items() if there}
