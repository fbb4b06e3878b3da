"""Worlds for reinforcement learning without rewards, stepped in lanes by Rust."""

from ._native import FreeroamError, Lanes, Step, __version__, ids

__all__ = ["FreeroamError", "Lanes", "Step", "__version__", "ids"]
