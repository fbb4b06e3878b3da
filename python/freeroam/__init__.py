"""Worlds for reinforcement learning without rewards, stepped in lanes by Rust."""

from . import datasets, registration, stats
from ._native import Lanes, Learner, Policy, Words, World, __version__, ids, world
from .env import Env
from .errors import FreeroamError, InputError, RunError, SettingsError
from .goal import GoalObservation, VectorGoalObservation
from .run import Run, train
from .vector import VectorEnv

registration.register()

__all__ = [
    "Env",
    "FreeroamError",
    "GoalObservation",
    "InputError",
    "Lanes",
    "Learner",
    "Policy",
    "Run",
    "RunError",
    "SettingsError",
    "VectorEnv",
    "VectorGoalObservation",
    "Words",
    "World",
    "__version__",
    "datasets",
    "ids",
    "stats",
    "train",
    "world",
]
