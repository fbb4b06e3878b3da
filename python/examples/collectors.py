"""Collectors in processes of their own feed one learner: `pip install freeroam[ray,torch]`.

    python python/examples/collectors.py --env Ant-v0 --collectors 2 --lanes 32 --rounds 100

The learner is SAC, Haarnoja et al., "Soft Actor-Critic Algorithms and Applications", 2018. Collectors may be on other
machines of a Ray cluster, and the learner on a GPU.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses

import numpy as np
import ray
import safetensors.torch
import torch
from torch import nn

import freeroam
from freeroam.ray import Batch, Collector, batches
from freeroam.torch import Actor


@dataclasses.dataclass
class Config:
    """Settings, and what the command line takes."""

    env: str = "Ant-v0"  # A world, one of freeroam.ids().
    collectors: int = 2  # Processes that collect, a core each.
    lanes: int = 32  # Lanes of each.
    steps: int = 25  # Steps of every lane in a batch.
    rounds: int = 100  # Batches from each collector.
    warmup: int = 5_000  # Random steps before the first gradient step.
    ratio: float = 0.1  # Gradient steps per environment step.
    width: int = 256
    batch: int = 256
    learning_rate: float = 3e-4
    gamma: float = 0.99
    tau: float = 0.005  # Share by which the target critics follow.
    seed: int = 0
    device: str = "cpu"


class Critics(nn.Module):
    """Two values of observations and actions, `[2, B]`."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        make = lambda: nn.Sequential(  # noqa: E731
            nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)
        )
        self.each = nn.ModuleList([make(), make()])

    def forward(self, observation: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        x = torch.cat([observation, action], -1)
        return torch.stack([critic(x).squeeze(-1) for critic in self.each])


class Learner:
    """SAC on everything that was ever collected."""

    def __init__(self, config: Config) -> None:
        world = freeroam.world(config.env)
        observation, action = len(world.observation_names), len(world.action_names)
        self.config, self.action = config, action
        self.generator = torch.Generator().manual_seed(config.seed)
        self.actor = Actor.fresh(observation, action, width=config.width).to(config.device)
        self.critics = Critics(observation + action, config.width).to(config.device)
        self.target = copy.deepcopy(self.critics).requires_grad_(False)
        self.log_alpha = torch.zeros((), device=config.device, requires_grad=True)
        parts = self.actor.parameters(), self.critics.parameters(), [self.log_alpha]
        self.optimizers = [torch.optim.Adam(part, config.learning_rate) for part in parts]
        # Everything that will be collected: observation, action, reward, next observation, terminated.
        capacity = config.collectors * config.rounds * config.steps * config.lanes
        shapes = (observation,), (action,), (), (observation,), ()
        self.columns = tuple(torch.empty(capacity, *shape) for shape in shapes)
        self.transitions = self.gradient_steps = 0

    def weights(self) -> bytes | None:
        """The policy for the collectors; None while they are to act at random."""
        if self.transitions < self.config.warmup:
            return None
        return safetensors.torch.save({name: x.cpu() for name, x in self.actor.state_dict().items()})

    def add(self, batch: Batch) -> None:
        """Keeps a batch, with observations on the scale of the random actions' ones."""
        batch = batch.flat()
        rows = slice(self.transitions, self.transitions + len(batch.rewards))
        new = batch.observations, batch.actions, batch.rewards, batch.next_observations, batch.terminated
        for column, part in zip(self.columns, new, strict=True):
            column[rows] = torch.tensor(part)
        self.transitions = rows.stop
        if self.gradient_steps == 0:
            seen = self.columns[0][: self.transitions]
            self.actor.observation_mean.copy_(seen.mean(0))
            self.actor.observation_std.copy_(seen.std(0).clamp(min=1e-3))

    def learn(self) -> None:
        """The gradient steps that are due."""
        due = int(max(0, self.transitions - self.config.warmup) * self.config.ratio)
        while self.gradient_steps < due:
            rows = torch.randint(self.transitions, (self.config.batch,), generator=self.generator)
            self.update(*(column[rows].to(self.config.device) for column in self.columns))
            self.gradient_steps += 1

    def update(
        self,
        observation: torch.Tensor,
        action: torch.Tensor,
        reward: torch.Tensor,
        following: torch.Tensor,
        terminated: torch.Tensor,
    ) -> None:
        """One gradient step of critics, actor and temperature."""
        alpha = self.log_alpha.exp().detach()
        scale = lambda x: (x - self.actor.observation_mean) / self.actor.observation_std  # noqa: E731
        with torch.no_grad():
            next_action, log_prob = self.actor.sample(following)
            value = self.target(scale(following), next_action).amin(0) - alpha * log_prob
            y = reward + self.config.gamma * (1 - terminated) * value
        self.descend(1, (self.critics(scale(observation), action) - y).square().mean())
        drawn, log_prob = self.actor.sample(observation)
        self.descend(0, (alpha * log_prob - self.critics(scale(observation), drawn).amin(0)).mean())
        # The usual target entropy: minus the number of actions.
        self.descend(2, -self.log_alpha * (log_prob.detach() - self.action).mean())
        with torch.no_grad():
            for average, new in zip(self.target.parameters(), self.critics.parameters(), strict=True):
                average.lerp_(new, self.config.tau)

    def descend(self, part: int, loss: torch.Tensor) -> None:
        self.optimizers[part].zero_grad()
        loss.backward()
        self.optimizers[part].step()


def main(config: Config) -> Learner:
    """Trains; what was learned."""
    torch.manual_seed(config.seed)
    if not ray.is_initialized():
        ray.init(include_dashboard=False)
    seeds = [config.seed + index * config.lanes for index in range(config.collectors)]
    collectors = [Collector.remote(config.env, config.lanes, seed=seed) for seed in seeds]
    learner = Learner(config)
    for turn, batch in enumerate(batches(collectors, config.steps, config.rounds, learner.weights), start=1):
        learner.add(batch)
        learner.learn()
        if turn % 10 == 0:
            mean = np.mean(batch.rewards)
            print(f"{learner.transitions:9} steps  reward per step {mean:7.3f}", flush=True)
    for collector in collectors:
        ray.kill(collector)
    return learner


def from_command_line() -> Config:
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for field in dataclasses.fields(Config):
        name = "--" + field.name.replace("_", "-")
        parser.add_argument(name, type=type(field.default), default=field.default, help=" ")
    return Config(**vars(parser.parse_args()))


if __name__ == "__main__":
    main(from_command_line())
