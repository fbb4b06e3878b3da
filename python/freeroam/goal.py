"""Goals as dictionary observations, for hindsight experience replay.

Observations are `{"observation": [.., observation], "achieved_goal": [.., 2], "desired_goal": [.., 2]}`, where goals
are x and y in metres. Rewards are those of gymnasium-robotics' sparse tasks: 0 where the goal is reached, -1 elsewhere.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import gymnasium
import numpy as np
from gymnasium.spaces import Dict
from gymnasium.utils import RecordConstructorArgs
from gymnasium.vector import AutoresetMode, VectorWrapper
from gymnasium.vector.utils import batch_space
from numpy.typing import ArrayLike, NDArray

from .env import Env
from .errors import InputError
from .spaces import place_space
from .vector import VectorEnv

GoalObservations: TypeAlias = dict[str, NDArray[np.float32]]


class _Rules:
    """What SB3's `HerReplayBuffer` asks an environment; for single goals `[2]` and batches `[.., 2]` alike."""

    def __init__(self, env: Env | VectorEnv) -> None:
        if env.goals is None:
            raise InputError(f"goals is None, expected an environment of {env.world.id} made with goals")
        self._world = env.world
        self._terminates = env.terminate_at_goal

    def compute_reward(self, achieved_goal: ArrayLike, desired_goal: ArrayLike, info: object) -> Any:
        """0 where the goal is reached, -1 elsewhere; float32 `[..]`. `info` is not looked at."""
        return self._world.reached(achieved_goal, desired_goal).astype(np.float32) - np.float32(1)

    def compute_terminated(self, achieved_goal: ArrayLike, desired_goal: ArrayLike, info: object) -> Any:
        """Whether the episode ends because the goal is reached; bool `[..]`."""
        reached = self._world.reached(achieved_goal, desired_goal)[()]
        return reached if self._terminates else np.zeros_like(reached)

    def compute_truncated(self, achieved_goal: ArrayLike, desired_goal: ArrayLike, info: object) -> Any:
        """False: goals truncate nothing; bool `[..]`."""
        return np.zeros(np.shape(achieved_goal)[:-1], np.bool_)[()]

    def _space(self, observation: gymnasium.Space[Any]) -> Dict:
        return Dict(observation=observation, achieved_goal=place_space(), desired_goal=place_space())

    def _split(self, observation: NDArray[np.float32], goal: NDArray[np.float32]) -> GoalObservations:
        return {
            "observation": observation,
            "achieved_goal": self._place(observation),
            "desired_goal": self._place(goal),
        }

    def _place(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        at = list(self._world.position)
        place = np.zeros((*observation.shape[:-1], 2), observation.dtype)
        place[..., : len(at)] = observation[..., at]
        return place


class GoalObservation(gymnasium.Wrapper, _Rules, RecordConstructorArgs):
    """An `Env` with goals whose observations are dictionaries and whose rewards are `compute_reward`'s.

    To be put on before wrappers that change observations or rewards.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        RecordConstructorArgs.__init__(self)
        gymnasium.Wrapper.__init__(self, env)
        if not isinstance(env.unwrapped, Env):
            raise TypeError(f"the environment is a {type(env.unwrapped).__name__}, expected a freeroam.Env")
        _Rules.__init__(self, env.unwrapped)
        self.observation_space = self._space(env.observation_space)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """As the environment's, with dictionaries."""
        observation, info = self.env.reset(seed=seed, options=options)
        return self._split(observation, info["goal"]), info

    def step(self, action: ArrayLike) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """As the environment's, with dictionaries and rewards of -1 and 0."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._split(observation, info["goal"]), float(reward) - 1.0, terminated, truncated, info


class VectorGoalObservation(VectorWrapper, _Rules):
    """A `VectorEnv` with goals whose observations are dictionaries and whose rewards are `compute_reward`'s.

    With same-step autoreset, `final_obs` are dictionaries too. To be put on before wrappers that change observations or
    rewards.
    """

    def __init__(self, env: gymnasium.vector.VectorEnv[Any, Any, Any]) -> None:
        VectorWrapper.__init__(self, env)
        if not isinstance(env.unwrapped, VectorEnv):
            raise TypeError(f"the environment is a {type(env.unwrapped).__name__}, expected a freeroam.VectorEnv")
        _Rules.__init__(self, env.unwrapped)
        self.autoreset_mode = env.unwrapped.autoreset_mode
        self._resets_take_a_step = self.autoreset_mode == AutoresetMode.NEXT_STEP
        self.single_observation_space = self._space(env.single_observation_space)
        self.observation_space = batch_space(self.single_observation_space, env.num_envs)

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """As the environment's, with dictionaries."""
        observation, info = self.env.reset(seed=seed, options=options)
        return self._split(observation, info["goal"]), info

    def step(self, actions: ArrayLike) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """As the environment's, with dictionaries and rewards of -1 and 0; 0 in rows that are resets."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        is_step = info["_success"] if self._resets_take_a_step else True
        reward = np.where(is_step, reward - 1, reward)
        if "final_obs" in info:
            finals, goals = info["final_obs"], info["final_info"]["goal"]
            for lane in np.flatnonzero(info["_final_obs"]):
                finals[lane] = self._split(finals[lane], goals[lane])
        return self._split(observation, info["goal"]), reward, terminated, truncated, info
