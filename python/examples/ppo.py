"""PPO in one file: Schulman et al., "Proximal Policy Optimization Algorithms", 2017.

    python python/examples/ppo.py --env Ant-v0 --total-steps 300000

From top to bottom, after the manner of CleanRL, on lanes of `gymnasium.make_vec` with same-step autoreset: where an
episode ends, the observation that `step` returns begins the next one, and the last one of the old episode is in
`info["final_obs"]`. A value follows from that one where the episode was truncated, and none where it was terminated.

Defaults are those of CleanRL's `ppo_continuous_action.py`, but for what many lanes on one core ask for: its batch of
2048 steps is collected by 64 lanes, minibatches are larger and fewer, with a larger learning rate, and actions spread
less at first, so that few are clipped.
"""

from __future__ import annotations

import argparse
import dataclasses
import time

import gymnasium
import numpy as np
import torch
from torch import nn
from torch.distributions import Normal

import freeroam

gymnasium.register_envs(freeroam)


@dataclasses.dataclass
class Config:
    """Settings, and what the command line takes."""

    env: str = "Ant-v0"  # A world, one of freeroam.ids().
    total_steps: int = 300_000  # Environment steps, all lanes together.
    seed: int = 0
    num_envs: int = 64  # Lanes.
    num_steps: int = 32  # Steps of every lane in a batch.
    learning_rate: float = 1e-3  # At the start; it falls to 0.
    gamma: float = 0.99  # Discount.
    gae_lambda: float = 0.95  # Share of longer returns in the advantage.
    minibatches: int = 8
    epochs: int = 10
    clip: float = 0.2  # Of the probability ratio.
    value_weight: float = 0.5
    entropy_weight: float = 0.0
    max_gradient: float = 0.5  # Its norm.
    initial_std: float = 0.6  # Of actions, which are in [-1, 1].


class Scale:
    """Running mean and variance, by the parallel formula of Chan et al., 1979."""

    def __init__(self, *shape: int) -> None:
        self.mean, self.var, self.count = np.zeros(shape), np.ones(shape), 1e-4

    def update(self, rows: np.ndarray) -> None:
        mean, var, count = rows.mean(0), rows.var(0), len(rows)
        total, delta = self.count + count, mean - self.mean
        self.var = (self.var * self.count + var * count + delta**2 * self.count * count / total) / total
        self.mean, self.count = self.mean + delta * count / total, total

    def normalise(self, rows: np.ndarray) -> torch.Tensor:
        scaled = (rows - self.mean) / np.sqrt(self.var + 1e-8)
        return torch.as_tensor(scaled.clip(-10, 10), dtype=torch.float32)


def layer(inputs: int, outputs: int, gain: float = 2**0.5) -> nn.Linear:
    made = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(made.weight, gain)
    nn.init.zeros_(made.bias)
    return made


class Agent(nn.Module):
    """A normal policy with a deviation that does not depend on the state, and a value."""

    def __init__(self, observation: int, action: int, std: float) -> None:
        super().__init__()
        hidden = lambda: (layer(observation, 64), nn.Tanh(), layer(64, 64), nn.Tanh())  # noqa: E731
        self.critic = nn.Sequential(*hidden(), layer(64, 1, 1.0))
        self.mean = nn.Sequential(*hidden(), layer(64, action, 0.01))
        self.log_std = nn.Parameter(torch.full((action,), std).log())

    def value(self, observation: torch.Tensor) -> torch.Tensor:
        return self.critic(observation).squeeze(-1)

    def policy(self, observation: torch.Tensor) -> Normal:
        return Normal(self.mean(observation), self.log_std.exp())


def main(config: Config) -> list[float]:
    """Trains; the mean return of the episodes that ended in each batch, for batches in which some did."""
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    envs = gymnasium.make_vec(f"freeroam/{config.env}", num_envs=config.num_envs, autoreset_mode="SameStep")
    size, lanes = envs.single_observation_space.shape[0], config.num_envs
    agent = Agent(size, envs.single_action_space.shape[0], config.initial_std)
    optimizer = torch.optim.Adam(agent.parameters(), config.learning_rate, eps=1e-5)
    batch_size = config.num_steps * lanes
    batches = config.total_steps // batch_size

    rows = (config.num_steps, lanes)
    observations = torch.zeros(*rows, size)
    actions = torch.zeros(*rows, *envs.single_action_space.shape)
    log_probs, rewards, dones, values = (torch.zeros(rows) for _ in range(4))

    observation_scale, return_scale = Scale(size), Scale()
    discounted, returns, history = np.zeros(lanes), np.zeros(lanes), []
    start = time.perf_counter()
    raw, _ = envs.reset(seed=config.seed)
    for batch in range(batches):
        optimizer.param_groups[0]["lr"] = config.learning_rate * (1 - batch / batches)
        ended = []
        for step in range(config.num_steps):
            observation_scale.update(raw)
            observations[step] = observation_scale.normalise(raw)
            with torch.no_grad():
                policy = agent.policy(observations[step])
                actions[step] = policy.sample()
                values[step] = agent.value(observations[step])
                log_probs[step] = policy.log_prob(actions[step]).sum(-1)
            # The lanes clip actions to [-1, 1].
            raw, reward, terminated, truncated, info = envs.step(actions[step].numpy())
            done = terminated | truncated
            discounted = discounted * config.gamma + reward
            return_scale.update(discounted)
            paid = torch.as_tensor(reward / np.sqrt(return_scale.var + 1e-8), dtype=torch.float32)
            if done.any():
                only_truncated = np.flatnonzero(truncated & ~terminated)
                if len(only_truncated):
                    last = observation_scale.normalise(np.stack(info["final_obs"][only_truncated]))
                    with torch.no_grad():
                        paid[only_truncated] += config.gamma * agent.value(last)
            rewards[step], dones[step] = paid, torch.as_tensor(done, dtype=torch.float32)
            returns += reward
            ended += returns[done].tolist()
            returns[done], discounted[done] = 0, 0

        # Generalised advantage estimation; nothing is carried over the end of an episode.
        advantages, carried = torch.zeros(rows), torch.zeros(lanes)
        with torch.no_grad():
            next_value = agent.value(observation_scale.normalise(raw))
        for step in reversed(range(config.num_steps)):
            going_on = config.gamma * (1 - dones[step])
            delta = rewards[step] + going_on * next_value - values[step]
            carried = delta + going_on * config.gae_lambda * carried
            advantages[step], next_value = carried, values[step]
        targets = advantages + values

        flat = [x.reshape(batch_size, *x.shape[2:]) for x in (observations, actions, log_probs, advantages, targets)]
        for _ in range(config.epochs):
            for chosen in torch.randperm(batch_size, generator=generator).chunk(config.minibatches):
                seen, taken, old_log_prob, advantage, target = (x[chosen] for x in flat)
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
                policy = agent.policy(seen)
                ratio = (policy.log_prob(taken).sum(-1) - old_log_prob).exp()
                clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
                policy_loss = -torch.min(ratio * advantage, clipped * advantage).mean()
                value_loss = 0.5 * (agent.value(seen) - target).square().mean()
                entropy = policy.entropy().sum(-1).mean()
                loss = policy_loss + config.value_weight * value_loss - config.entropy_weight * entropy
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), config.max_gradient)
                optimizer.step()

        if ended:
            history.append(float(np.mean(ended)))
            steps = (batch + 1) * batch_size
            pace = steps / (time.perf_counter() - start)
            print(f"{steps:9} steps  return {history[-1]:8.1f}  {pace:7.0f} steps/s", flush=True)
    envs.close()
    return history


def from_command_line() -> Config:
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for field in dataclasses.fields(Config):
        name = "--" + field.name.replace("_", "-")
        parser.add_argument(name, type=type(field.default), default=field.default, help=" ")
    return Config(**vars(parser.parse_args()))


if __name__ == "__main__":
    main(from_command_line())
