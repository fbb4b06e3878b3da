"""The policy of a run as a PyTorch module. Needs `torch`."""

import json
import os
from pathlib import Path

import torch

from . import _native
from .errors import RunError

__all__ = ["Actor", "load_policy"]


class Actor(torch.nn.Module):
    """The mode of a policy; its parameters and buffers have the names of the tensors in `policy.safetensors`."""

    observation_mean: torch.Tensor
    observation_std: torch.Tensor

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        """From the tensors of `policy.safetensors`."""
        super().__init__()
        self.layers = torch.nn.ModuleList()
        while (weight := weights.get(f"layers.{len(self.layers)}.weight")) is not None:
            outputs, inputs = weight.shape
            self.layers.append(torch.nn.Linear(inputs, outputs))
        for name in ("observation_mean", "observation_std"):
            self.register_buffer(name, torch.zeros_like(weights[name]))
        self.load_state_dict(weights)

    def forward(self, observation: torch.Tensor, skill: torch.Tensor | None = None) -> torch.Tensor:
        """Actions in [-1, 1], `[.., action]`, for observations in SI units, `[.., observation]`, and skills, `[..,
        skill]`."""
        x = (observation - self.observation_mean) / self.observation_std
        if skill is not None:
            x = torch.cat([x, skill], dim=-1)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        # The second half is the logarithm of the standard deviation.
        mean: torch.Tensor = self.layers[-1](x).chunk(2, dim=-1)[0]
        return mean.tanh()


def load_policy(source: str | os.PathLike[str]) -> Actor:
    """The policy in `source`: a run, of which the newest checkpoint counts, a checkpoint, or a `policy.safetensors`."""
    path = Path(source)
    if path.is_dir():
        if (path / "config.toml").exists():
            checkpoints = _native.checkpoints(path)
            if not checkpoints:
                raise RunError(f"run {path} has no checkpoint yet")
            path = checkpoints[-1]
        path = path / "learner" / "policy.safetensors"
    weights = _read_safetensors(path)
    if "observation_mean" not in weights:
        raise RunError(f"{path} has no `observation_mean`; train the run on for a checkpoint that has")
    return Actor(weights)


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a file: the length of a JSON header as eight bytes, the header, the numbers."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(content[begin:end]), dtype=torch.float32).reshape(entry["shape"])
    return tensors
