"""Worlds for reinforcement learning without rewards, stepped in lanes by Rust."""

from . import datasets, registration
from ._native import FreeroamError, Lanes, World, __version__, ids, world
from .env import Env
from .vector import VectorEnv

registration.register()

__all__ = ["Env", "FreeroamError", "Lanes", "VectorEnv", "World", "__version__", "datasets", "ids", "world"]
