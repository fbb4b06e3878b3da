"""Worlds for reinforcement learning without rewards, stepped in lanes by Rust."""

from . import datasets, registration
from ._native import FreeroamError, Lanes, World, __version__, ids, world
from .env import Env
from .goal import GoalObservation, VectorGoalObservation
from .vector import VectorEnv

registration.register()

__all__ = [
    "Env",
    "FreeroamError",
    "GoalObservation",
    "Lanes",
    "VectorEnv",
    "VectorGoalObservation",
    "World",
    "__version__",
    "datasets",
    "ids",
    "world",
]
