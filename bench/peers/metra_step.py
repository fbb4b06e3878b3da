"""Gradient steps of METRA on SAC in PyTorch on one thread: metra_step.py WIDTH.

One step, as freeroam's learner does it on a batch: phi and its dual variable, reward by the new phi, twin critics,
actor, entropy temperature, target average. Written for speed as a PyTorch user would: fused Adam, both observations
through phi in one product, foreach target average, no reads of scalars inside a step.
"""

import copy
import math
import sys

import torch
from torch import nn
from torch.nn import functional as F

from windows import serve

BATCH, OBSERVATION, SKILL, ACTION = 256, 29, 2, 8
SLACK, DISCOUNT, TAU, RATE = 1e-3, 0.99, 0.005, 1e-4


def mlp(inputs, width, outputs):
    return nn.Sequential(
        nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, outputs)
    )


def adam(parameters):
    return torch.optim.Adam(parameters, lr=RATE, fused=True)


def descend(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


class Learner:
    def __init__(self, width):
        self.phi = mlp(OBSERVATION, width, SKILL)
        self.actor = mlp(OBSERVATION + SKILL, width, 2 * ACTION)
        self.critics = nn.ModuleList(mlp(OBSERVATION + SKILL + ACTION, width, 1) for _ in range(2))
        self.targets = copy.deepcopy(self.critics).requires_grad_(False)
        self.log_lambda = nn.Parameter(torch.tensor(math.log(30.0)))
        self.log_alpha = nn.Parameter(torch.tensor(0.0))
        self.phi_adam = adam(self.phi.parameters())
        self.actor_adam = adam(self.actor.parameters())
        self.critic_adam = adam(self.critics.parameters())
        self.lambda_adam = adam([self.log_lambda])
        self.alpha_adam = adam([self.log_alpha])

    def displacement(self, observation, following):
        after, before = self.phi(torch.cat([following, observation])).chunk(2)
        return after - before

    def act(self, state):
        """A tanh-Gaussian action and its log probability."""
        mean, log_std = self.actor(state).chunk(2, -1)
        log_std = log_std.clamp(-5, 2)
        noise = torch.randn_like(mean)
        raw = mean + log_std.exp() * noise
        log_prob = -0.5 * noise.square() - log_std - 0.5 * math.log(2 * math.pi)
        log_prob = log_prob - 2 * (math.log(2) - raw - F.softplus(-2 * raw))
        return raw.tanh(), log_prob.sum(-1, keepdim=True)

    @staticmethod
    def lowest(critics, state, action):
        inputs = torch.cat([state, action], 1)
        return torch.minimum(critics[0](inputs), critics[1](inputs))

    def step(self, observation, following, action, skill, terminated):
        delta = self.displacement(observation, following)
        penalty = (1 - delta.square().mean(1, keepdim=True)).clamp(max=SLACK)
        score = (delta * skill).sum(1, keepdim=True)
        descend(self.phi_adam, -(score + self.log_lambda.detach().exp() * penalty).mean())
        descend(self.lambda_adam, self.log_lambda * penalty.detach().mean())

        state, next_state = torch.cat([observation, skill], 1), torch.cat([following, skill], 1)
        with torch.no_grad():
            reward = (self.displacement(observation, following) * skill).sum(1, keepdim=True)
            alpha = self.log_alpha.exp()
            next_action, next_log_prob = self.act(next_state)
            value = self.lowest(self.targets, next_state, next_action) - alpha * next_log_prob
            target = reward + DISCOUNT * (1 - terminated) * value

        inputs = torch.cat([state, action], 1)
        descend(self.critic_adam, sum(F.mse_loss(critic(inputs), target) for critic in self.critics))

        self.critics.requires_grad_(False)
        new_action, log_prob = self.act(state)
        descend(self.actor_adam, (alpha * log_prob - self.lowest(self.critics, state, new_action)).mean())
        self.critics.requires_grad_(True)

        entropy_gap = -log_prob.detach().mean() + 0.5 * ACTION
        descend(self.alpha_adam, self.log_alpha * entropy_gap)
        with torch.no_grad():
            torch._foreach_lerp_(list(self.targets.parameters()), list(self.critics.parameters()), TAU)


def main(width):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    learner = Learner(width)
    skill = F.normalize(torch.randn(BATCH, SKILL), dim=1)
    observation = torch.randn(BATCH, OBSERVATION)
    following = observation + 0.1 * torch.randn(BATCH, OBSERVATION)
    action = torch.rand(BATCH, ACTION) * 2 - 1
    terminated = torch.zeros(BATCH, 1)

    def step():
        learner.step(observation, following, action, skill, terminated)
        return 1

    serve(f"torch:metra:{width}", "gradient steps", {"torch": torch.__version__}, step)


main(int(sys.argv[1]))
