"""Gradient steps of HILP's distances in PyTorch on one thread: hilp_step.py WIDTH.

One step, as freeroam's objective does it on a batch: advantages and targets by the target heads, the expectile loss of
both heads, the target average. Written for speed as a PyTorch user would: all states of a head through it in one
product, fused Adam, foreach target average, no reads of scalars inside a step.
"""

import copy
import itertools
import sys

import torch
from torch import nn

from windows import serve

BATCH, OBSERVATION, SKILL, LAYERS = 256, 29, 32, 3
DISCOUNT, EXPECTILE, TAU, RATE = 0.99, 0.95, 0.005, 3e-4


def phi(width):
    sizes = [OBSERVATION] + [width] * LAYERS
    hidden = [
        part
        for inputs, outputs in itertools.pairwise(sizes)
        for part in (nn.Linear(inputs, outputs), nn.GELU(), nn.LayerNorm(outputs))
    ]
    return nn.Sequential(*hidden, nn.Linear(width, SKILL))


def value(states, goals):
    return -(states - goals).square().sum(1, keepdim=True).clamp_min(1e-6).sqrt()


class Learner:
    def __init__(self, width):
        self.heads = nn.ModuleList(phi(width) for _ in range(2))
        self.targets = copy.deepcopy(self.heads).requires_grad_(False)
        self.adam = torch.optim.Adam(self.heads.parameters(), lr=RATE, fused=True)

    def step(self, observation, following, goal, reached):
        with torch.no_grad():
            states = torch.cat([observation, following, goal])
            latents = [head(states).chunk(3) for head in self.targets]
            now = [value(before, end) for before, _, end in latents]
            then = [value(after, end) for _, after, end in latents]
            reward, mask = reached - 1, DISCOUNT * (1 - reached)
            advantage = reward + mask * torch.minimum(*then) - (now[0] + now[1]) / 2
            weight = torch.where(advantage >= 0, EXPECTILE, 1 - EXPECTILE)
            targets = [reward + mask * each for each in then]
        states = torch.cat([observation, goal])
        values = [value(*head(states).chunk(2)) for head in self.heads]
        errors = sum((target - each).square() for target, each in zip(targets, values, strict=True))
        self.adam.zero_grad()
        (weight * errors).mean().backward()
        self.adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(self.targets.parameters()), list(self.heads.parameters()), TAU)


def main(width):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    learner = Learner(width)
    observation, following, goal = (torch.randn(BATCH, OBSERVATION) for _ in range(3))
    reached = torch.zeros(BATCH, 1)

    def step():
        learner.step(observation, following, goal, reached)
        return 1

    serve(f"torch:hilp:{width}", "gradient steps", {"torch": torch.__version__}, step)


main(int(sys.argv[1]))
