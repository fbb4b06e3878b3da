"""Rollouts of a policy, as a data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import ArrayLike, NDArray

from ._native import Recorder
from .dataset import Dataset, Flags, Floats
from .errors import InputError
from .vector import VectorEnv

Policy: TypeAlias = Callable[[Floats], Any]
"""Maps observations `[lanes, observation]` to actions `[lanes, action]`, or to a pair of these and the tasks `[lanes,
task]` (skills or goals) that they were chosen for."""


def collect(
    env: str | VectorEnv,
    policy: Policy | None = None,
    *,
    episodes: int | None = None,
    steps: int | None = None,
    seed: int | None = None,
    num_envs: int = 8,
    **settings: Any,
) -> Dataset:
    """Steps a world with a policy and keeps everything.

    Every episode starts with a reset, and no lane counts for more than another: of `episodes` in all, each lane gives
    its share, and `steps` in all come from lanes that were stepped together. Episodes that are open at the end are
    truncated there. A step whose physics diverged is left out and truncates its episode before it. The same arguments
    give the same data, if the policy does.

    Args:
        env: Id of a world, or a vector environment, in any mode of autoreset; it is reset first and left open.
        policy: What acts; None for uniform random actions. Actions are clipped to [-1, 1], and kept so. Tasks become
            the extra column `tasks`.
        episodes: Number of episodes to collect, or
        steps: number of transitions.
        seed: Seed of the first reset and of random actions.
        num_envs: Lanes stepped together, where `env` is an id.
        settings: Further arguments of `VectorEnv`, where `env` is an id.
    """
    amount = episodes if steps is None else steps
    if (episodes is None) == (steps is None) or amount is None or amount < 1:
        raise InputError(f"episodes is {episodes} and steps is {steps}, expected one of them, at least 1")
    if isinstance(env, VectorEnv):
        if settings:
            raise InputError(f"{', '.join(settings)}: given beside a vector environment, expected its id")
        return _collect(env, policy, episodes, steps, seed)
    settings.setdefault("autoreset_mode", AutoresetMode.DISABLED)
    with VectorEnv(env, min(num_envs, amount), **settings) as made:
        return _collect(made, policy, episodes, steps, seed)


def _collect(
    env: VectorEnv, policy: Policy | None, episodes: int | None, steps: int | None, seed: int | None
) -> Dataset:
    lanes = env.num_envs
    act = policy or _uniform(env, seed)
    observations = env.reset(seed=seed)[0]
    recorder: Recorder | None = None
    # Episodes that each lane still has to give; steps that all lanes still have to give.
    share = None if episodes is None else np.array([(episodes + lane) // lanes for lane in range(lanes)])
    left = steps
    ended: Flags = np.zeros(lanes, np.bool_)
    # Lanes that have kept something of their episode.
    kept: Flags = np.zeros(lanes, np.bool_)
    while True:
        actions, tasks = _answer(act(observations), env)
        if recorder is None:
            width = 0 if tasks is None else tasks.shape[1]
            recorder = Recorder(lanes, observations.shape[1], actions.shape[1], width)
        before = observations.copy()
        observations, rewards, terminated, truncated, info = env.step(actions)
        skip: Flags = info.get("diverged", np.zeros(lanes, np.bool_)).copy()
        following = observations
        if env.autoreset_mode == AutoresetMode.SAME_STEP:
            if "final_obs" in info:
                following = observations.copy()
                following[info["_final_obs"]] = np.stack(info["final_obs"][info["_final_obs"]])
                skip |= info["final_info"].get("diverged", False)
        elif env.autoreset_mode == AutoresetMode.NEXT_STEP:
            skip |= ended
        ended = terminated | truncated
        if share is not None:
            skip |= share == 0
        if left is not None:
            # Lanes past the last step that was asked for.
            skip |= np.cumsum(~skip) > left
            left -= int((~skip).sum())
        recorder.push(before, actions, tasks, rewards, terminated, truncated, following, skip)
        kept |= ~skip
        if share is not None:
            share -= ended & kept
        kept &= ~ended
        if left == 0 or (share is not None and not share.any()):
            return Dataset(*recorder.finish(), world=env.world.id)
        if env.autoreset_mode == AutoresetMode.DISABLED and ended.any():
            observations = env.reset(options={"reset_mask": ended})[0]


def _uniform(env: VectorEnv, seed: int | None) -> Policy:
    generator = np.random.default_rng(seed)
    shape = (env.num_envs, len(env.world.action_names))
    return lambda _: generator.uniform(-1, 1, shape)


def _answer(answer: Any, env: VectorEnv) -> tuple[Floats, Floats | None]:
    """What a policy answered, as actions in [-1, 1] and tasks."""
    given, tasks = answer if isinstance(answer, tuple) else (answer, None)
    actions = _matrix("actions", given, env.num_envs)
    expected = (env.num_envs, len(env.world.action_names))
    if actions.shape != expected:
        raise InputError(f"the policy's actions have shape {actions.shape}, expected {expected}")
    return np.clip(actions, -1, 1), None if tasks is None else _matrix("tasks", tasks, env.num_envs)


def _matrix(name: str, value: ArrayLike, lanes: int) -> NDArray[np.float32]:
    array = np.ascontiguousarray(value, np.float32)
    if array.ndim != 2 or len(array) != lanes:
        raise InputError(f"the policy's {name} have shape {array.shape}, expected ({lanes}, n)")
    return array
