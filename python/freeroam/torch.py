"""The policy of a run as a PyTorch module: `pip install freeroam[torch]`."""

import itertools
import math
import os

import safetensors.torch
import torch

from .actor import LOG_STD, weights_file
from .errors import InputError, RunError

__all__ = ["Actor", "load_policy"]


class Actor(torch.nn.Module):
    """A policy with ReLU between its layers: a Gaussian squashed by tanh (SAC), a mode squashed by tanh with noise
    around it (DDPG), whose first layer is normalised and followed by tanh, or a mode with noise that is cut (IQL).

    Its parameters and buffers have the names of the tensors in `policy.safetensors`:
    `safetensors.torch.save(actor.state_dict())` are the bytes that `freeroam.ray.Collector` takes.
    """

    observation_mean: torch.Tensor
    observation_std: torch.Tensor
    action_std: torch.Tensor

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        """From the tensors of `policy.safetensors`."""
        super().__init__()
        self.layers = torch.nn.ModuleList()
        while (weight := weights.get(f"layers.{len(self.layers)}.weight")) is not None:
            outputs, inputs = weight.shape
            self.layers.append(torch.nn.Linear(inputs, outputs))
        self.norm = torch.nn.LayerNorm(len(weights["norm.weight"])) if "norm.weight" in weights else None
        self.deterministic = "action_std" in weights
        self.cut = "action_cut" in weights
        optional = [name for name in ("action_std", "action_cut", "observation_classes") if name in weights]
        for name in ("observation_mean", "observation_std", *optional):
            self.register_buffer(name, torch.zeros_like(weights[name]))
        self.load_state_dict(weights)
        classes = weights.get("observation_classes", torch.zeros(0)).long().tolist()
        self.categories = len(classes), max(classes, default=0)

    @classmethod
    def fresh(cls, observation: int, action: int, skill: int = 0, width: int = 256) -> "Actor":
        """A new one with two hidden layers, which takes observations as they are; its first actions spread
        over [-1, 1]."""
        sizes = observation + skill, width, width, 2 * action
        layers = [torch.nn.Linear(*pair) for pair in itertools.pairwise(sizes)]
        weights = torch.nn.ModuleDict({"layers": torch.nn.ModuleList(layers)}).state_dict()
        return cls(weights | {"observation_mean": torch.zeros(observation), "observation_std": torch.ones(observation)})

    def forward(self, observation: torch.Tensor, skill: torch.Tensor | None = None) -> torch.Tensor:
        """The mode: actions in [-1, 1], `[.., action]`, for observations in SI units, `[.., observation]`, and skills,
        `[.., skill]`."""
        x = self._output(observation, skill)
        mode = x if self.deterministic else x.chunk(2, dim=-1)[0]
        return mode.clamp(-1, 1) if self.cut else mode.tanh()

    def sample(self, observation: torch.Tensor, skill: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Actions drawn by reparameterisation, `[.., action]`, and the logarithm of their density, `[..]`."""
        if self.deterministic:
            raise InputError("this policy is a mode with noise that is cut at the ends: its actions have no density")
        mean, log_std = self._output(observation, skill).chunk(2, dim=-1)
        log_std = log_std.clamp(*LOG_STD)
        noise = torch.randn_like(mean)
        u = mean + log_std.exp() * noise
        normal = -0.5 * noise**2 - log_std - 0.5 * math.log(2 * math.pi)
        # log(1 - tanh(u)^2), in the form that does not overflow.
        squash = 2 * (math.log(2) - u - torch.nn.functional.softplus(-2 * u))
        return u.tanh(), (normal - squash).sum(-1)

    def _output(self, observation: torch.Tensor, skill: torch.Tensor | None) -> torch.Tensor:
        """What the last layer yields: the mode before tanh, then the logarithm of a deviation where there is one."""
        channels, classes = self.categories
        numbers = observation[..., channels : channels + len(self.observation_mean)]
        x = (numbers - self.observation_mean) / self.observation_std
        if channels:
            nearest = observation[..., :channels].round().long().clamp(0, classes - 1)
            one_hot = torch.nn.functional.one_hot(nearest, classes).to(x.dtype)
            x = torch.cat([one_hot.flatten(-2), x], dim=-1)
        if skill is not None:
            x = torch.cat([x, skill], dim=-1)
        for i, layer in enumerate(self.layers[:-1]):
            x = layer(x)
            x = torch.tanh(self.norm(x)) if i == 0 and self.norm is not None else torch.relu(x)
        output: torch.Tensor = self.layers[-1](x)
        return output


def load_policy(source: str | os.PathLike[str]) -> Actor:
    """The policy in `source`: a run, of which the newest checkpoint counts, a checkpoint, or a `policy.safetensors`."""
    path = weights_file(source)
    weights = safetensors.torch.load_file(path)
    if "observation_mean" not in weights:
        raise RunError(f"{path} has no `observation_mean`; train the run on for a checkpoint that has")
    return Actor(weights)
