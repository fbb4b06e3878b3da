"""Lanes in RLlib: `pip install freeroam[rllib]`."""

from __future__ import annotations

from typing import Any

import gymnasium
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from .settings import check_decided


def configure(
    config: AlgorithmConfig, world: str, *, lanes: int = 1, runners: int = 0, **settings: Any
) -> AlgorithmConfig:
    """Makes an algorithm learn in `world`: its environment, and env runners with many lanes each.

    The environment's name imports `freeroam` wherever it is made, so that remote workers need nothing else.
    Observations are not normalised.

    Args:
        config: The algorithm's configuration, which is changed.
        world: Id of the world, one of `freeroam.ids()`.
        lanes: Lanes of each env runner, stepped together.
        runners: Env runners in processes of their own; 0 for one in the algorithm's own process.
        settings: What else `freeroam.VectorEnv` takes, but `copy` and `autoreset_mode`.

    Returns:
        `config`.
    """
    check_decided(settings, "RLlib")
    config.environment(f"freeroam:freeroam/{world}", env_config={"threads": 1} | settings)
    config.env_runners(
        num_env_runners=runners,
        num_envs_per_env_runner=lanes,
        gym_env_vectorize_mode=gymnasium.VectorizeMode.VECTOR_ENTRY_POINT,
    )
    return config
