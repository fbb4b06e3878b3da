"""Lanes as an environment of TorchRL: `pip install freeroam[torchrl]`."""

from __future__ import annotations

from typing import Any

import gymnasium
import torchrl.envs
from gymnasium.vector import AutoresetMode

from .goal import VectorGoalObservation
from .settings import check_decided


def make(world: str, num_envs: int, *, device: Any = "cpu", **settings: Any) -> torchrl.envs.EnvBase:
    """Lanes of `world` as a TorchRL environment with batch size `[num_envs]`.

    Observations are under `observation` and, in worlds made with goals, as `VectorGoalObservation` has them. Episodes
    are reset by TorchRL, lane by lane: the lanes have no autoreset, the mode that TorchRL prefers. TorchRL's
    own `GymWrapper` takes any vector environment of freeroam in that mode, or with same-step autoreset.

    Args:
        world: Id of the world, one of `freeroam.ids()`.
        num_envs: Number of lanes.
        device: Where TorchRL puts the tensors.
        settings: What else `freeroam.VectorEnv` takes, but `copy` and `autoreset_mode`.
    """
    check_decided(settings, "TorchRL")
    env = gymnasium.make_vec(f"freeroam/{world}", num_envs=num_envs, autoreset_mode=AutoresetMode.DISABLED, **settings)
    goals = env.unwrapped.goals is not None  # type: ignore[attr-defined]
    return torchrl.envs.GymWrapper(VectorGoalObservation(env) if goals else env, device=device)
