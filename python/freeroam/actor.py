"""The policy of a run in NumPy alone, from its `policy.safetensors`. Needs `safetensors`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from . import _native
from .errors import InputError, RunError

__all__ = ["LOG_STD", "Actor", "read_weights", "weights_file"]

Floats: TypeAlias = NDArray[np.float32]
StrPath: TypeAlias = str | os.PathLike[str]

#: Range of the logarithm of a policy's standard deviation, as in training.
LOG_STD = -13.815_511, 2.0


class Actor:
    """A Gaussian policy, squashed by tanh; ReLU between its layers.

    `skill_dim` is what the first layer takes beside the observation: 0 where the policy has no skills.
    """

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        """From the tensors of `policy.safetensors`; `InputError` where one is missing or does not fit."""
        try:
            self._mean, self._std = weights["observation_mean"], weights["observation_std"]
            layers = range(sum(name.endswith(".weight") for name in weights))
            self._layers = [(weights[f"layers.{i}.weight"].T, weights[f"layers.{i}.bias"]) for i in layers]
        except KeyError as error:
            raise InputError(f"the weights have no {error}, expected the tensors of a policy.safetensors") from None
        if not self._layers:
            raise InputError("the weights have no 'layers.0.weight', expected the tensors of a policy.safetensors")
        self.observation_dim = len(self._mean)
        self.skill_dim = len(self._layers[0][0]) - self.observation_dim
        self.action_dim = len(self._layers[-1][1]) // 2
        if self.skill_dim < 0:
            shape = self._layers[0][0].T.shape
            raise InputError(f"layers.0.weight has shape {shape}, expected at least {self.observation_dim} columns")

    def mode(self, observation: Floats, skill: Floats | None = None) -> Floats:
        """Actions in [-1, 1], `[.., action]`, for observations `[.., observation]` and skills `[.., skill]`."""
        return np.tanh(self._gaussian(observation, skill)[0])

    def draw(self, observation: Floats, skill: Floats | None, generator: np.random.Generator) -> Floats:
        """As `mode`, drawn as in exploration."""
        mean, std = self._gaussian(observation, skill)
        return np.tanh(mean + std * generator.standard_normal(mean.shape, np.float32))

    def _gaussian(self, observation: Floats, skill: Floats | None) -> tuple[Floats, Floats]:
        """Mean and standard deviation before tanh, `[.., action]` each."""
        x: Floats = (observation - self._mean) / self._std
        if skill is not None:
            x = np.concatenate([x, skill], axis=-1)
        *hidden, (weight, bias) = self._layers
        for inner, offset in hidden:
            x = np.maximum(x @ inner + offset, np.float32(0))
        x = x @ weight + bias
        mean, log_std = x[..., : self.action_dim], x[..., self.action_dim :]
        return mean, np.exp(log_std.clip(*LOG_STD))


def read_weights(source: bytes | StrPath) -> dict[str, Floats]:
    """The tensors of a policy: the bytes of a `policy.safetensors`, or what `weights_file` finds."""
    if isinstance(source, bytes):
        try:
            return safetensors.numpy.load(source)
        except safetensors.SafetensorError as error:
            raise InputError(f"the weights are {len(source)} bytes, expected those of safetensors: {error}") from None
    return safetensors.numpy.load_file(weights_file(source))


def weights_file(source: StrPath) -> Path:
    """The `policy.safetensors` in `source`: a run, of which the newest checkpoint counts, a checkpoint, or the file."""
    path = Path(source)
    if not path.is_dir():
        return path
    if (path / "config.toml").exists():
        checkpoints = _native.checkpoints(path)
        if not checkpoints:
            raise RunError(f"run {path} has no checkpoint yet")
        path = checkpoints[-1]
    return path / "learner" / "policy.safetensors"
