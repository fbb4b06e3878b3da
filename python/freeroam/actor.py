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
    """A policy with ReLU between its layers: a Gaussian squashed by tanh (SAC), a mode squashed by tanh with noise
    around it (DDPG), whose first layer is normalised and followed by tanh, or a mode with noise that is cut (IQL).

    `observation_dim` is what it takes of an observation, of which it leaves out what follows: that is for measuring.
    `skill_dim` is what the first layer takes beside it: 0 where the policy has no skills.
    """

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        """From the tensors of `policy.safetensors`; `InputError` where one is missing or does not fit."""
        try:
            self._mean, self._std = weights["observation_mean"], weights["observation_std"]
            layers = range(sum(name.startswith("layers.") and name.endswith(".weight") for name in weights))
            self._layers = [(weights[f"layers.{i}.weight"].T, weights[f"layers.{i}.bias"]) for i in layers]
        except KeyError as error:
            raise InputError(f"the weights have no {error}, expected the tensors of a policy.safetensors") from None
        if not self._layers:
            raise InputError("the weights have no 'layers.0.weight', expected the tensors of a policy.safetensors")
        classes = weights.get("observation_classes", np.zeros(0, np.float32)).astype(np.int64)
        self._classes = len(classes), int(classes.max(initial=0))
        self.observation_dim = len(classes) + len(self._mean)
        self.skill_dim = len(self._layers[0][0]) - int(classes.sum()) - len(self._mean)
        norm = weights.get("norm.weight"), weights.get("norm.bias")
        self._norm = None if norm[0] is None or norm[1] is None else (norm[0], norm[1])
        self._noise = weights.get("action_std")
        self._cut = "action_cut" in weights
        self.action_dim = len(self._layers[-1][1]) // (2 if self._noise is None else 1)
        if self.skill_dim < 0:
            shape = self._layers[0][0].T.shape
            least = shape[1] - self.skill_dim
            raise InputError(f"layers.0.weight has shape {shape}, expected at least {least} columns")

    def mode(self, observation: Floats, skill: Floats | None = None) -> Floats:
        """Actions in [-1, 1], `[.., action]`, for observations `[.., observation]` and skills `[.., skill]`."""
        return self._bounded(self._output(observation, skill)[..., : self.action_dim])

    def draw(self, observation: Floats, skill: Floats | None, generator: np.random.Generator) -> Floats:
        """As `mode`, drawn as in exploration."""
        x = self._output(observation, skill)
        mean, log_std = x[..., : self.action_dim], x[..., self.action_dim :]
        noise = generator.standard_normal(mean.shape, np.float32)
        actions: Floats
        if self._noise is None:
            actions = np.tanh(mean + np.exp(log_std.clip(*LOG_STD)) * noise)
        else:
            actions = (mean if self._cut else np.tanh(mean)) + self._noise * noise
        return actions.clip(-1, 1)

    def _bounded(self, mode: Floats) -> Floats:
        return mode.clip(-1, 1) if self._cut else np.tanh(mode)

    def _output(self, observation: Floats, skill: Floats | None) -> Floats:
        """What the last layer yields: the mode before tanh, then the logarithm of a deviation where there is one."""
        channels, classes = self._classes
        categories, numbers = observation[..., :channels], observation[..., channels : self.observation_dim]
        x: Floats = (numbers - self._mean) / self._std
        if channels:
            nearest = np.rint(categories).clip(0, classes - 1)
            one_hot = (nearest[..., None] == np.arange(classes)).astype(np.float32)
            x = np.concatenate([one_hot.reshape(*x.shape[:-1], channels * classes), x], axis=-1)
        if skill is not None:
            x = np.concatenate([x, skill], axis=-1)
        *hidden, (weight, bias) = self._layers
        for i, (inner, offset) in enumerate(hidden):
            x = x @ inner + offset
            x = np.tanh(_normalised(x, *self._norm)) if i == 0 and self._norm else np.maximum(x, np.float32(0))
        output: Floats = x @ weight + bias
        return output


def _normalised(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """Layer normalisation over the last axis, as PyTorch's with its default epsilon."""
    x = x - x.mean(-1, keepdims=True)
    scaled: Floats = x / np.sqrt(np.square(x).mean(-1, keepdims=True) + np.float32(1e-5)) * weight + bias
    return scaled


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
