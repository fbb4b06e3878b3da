"""Gymnasium's spaces of a world."""

from __future__ import annotations

import numpy as np
from gymnasium.spaces import Box

from ._native import World


def observation_space(world: World) -> Box[np.float32]:
    """Any finite float32 `[observation]`: SI units, not normalised."""
    # The bounds are the finite numbers and not infinity: observations always are finite, and Gymnasium's checker warns
    # of infinite bounds.
    bound = float(np.finfo(np.float32).max)
    return Box(-bound, bound, (len(world.observation_names),), np.float32)


def action_space(world: World) -> Box[np.float32]:
    """Float32 `[action]` in [-1, 1]."""
    return Box(-1.0, 1.0, (len(world.action_names),), np.float32)


def place_space() -> Box[np.float32]:
    """Any place on the ground: float32 `[2]`, x and y in metres."""
    bound = float(np.finfo(np.float32).max)
    return Box(-bound, bound, (2,), np.float32)
