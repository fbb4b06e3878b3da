"""Worlds for reinforcement learning without rewards, stepped in lanes by Rust."""

from . import stats
from ._native import Lanes, Policy, Step, __version__, ids
from .errors import FreeroamError, InputError, RunError, SettingsError
from .run import Run, train

__all__ = [
    "FreeroamError",
    "InputError",
    "Lanes",
    "Policy",
    "Run",
    "RunError",
    "SettingsError",
    "Step",
    "__version__",
    "ids",
    "stats",
    "train",
]
