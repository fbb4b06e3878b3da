"""TorchRL takes the worlds without an adapter, and counts their frames right."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode
from torchrl.collectors import Collector
from torchrl.envs import GymWrapper
from torchrl.envs.utils import check_env_specs
from worlds import KINDS

import freeroam
import freeroam.torchrl

HORIZON = 50


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.mark.parametrize("id", KINDS)
def test_specs_are_what_steps_give(id):
    check_env_specs(freeroam.torchrl.make(id, 3, max_episode_steps=10))


def vector(mode):
    env = gymnasium.make_vec("freeroam/Ant-v0", num_envs=8, max_episode_steps=HORIZON, autoreset_mode=mode)
    return GymWrapper(env)


@pytest.mark.parametrize("mode", [AutoresetMode.DISABLED, AutoresetMode.SAME_STEP])
def test_ten_thousand_frames_in_episodes_of_the_horizon(mode):
    collector = Collector(vector(mode), None, frames_per_batch=8 * HORIZON, total_frames=10_000)
    frames = 0
    for batch in collector:
        frames += batch.numel()
        assert batch.shape == (8, HORIZON)
        ended = batch["next", "done"].squeeze(-1)
        assert ended[:, -1].all() and not ended[:, :-1].any(), "the horizon, exactly"
        assert (batch["next", "truncated"] == batch["next", "done"]).all()
        # What an action led to is where the next one is taken from, up to the end of the episode.
        assert torch.equal(batch["next", "observation"][:, :-1], batch["observation"][:, 1:])
        assert torch.isfinite(batch["next", "observation"]).all() and batch["next", "observation"][:, -1].any()
    collector.shutdown()
    assert frames == 10_000


def test_steps_are_those_of_the_lanes():
    torch.manual_seed(0)
    actions = torch.rand(130, 8, 8) * 2 - 1
    steps = iter(actions)
    env = freeroam.torchrl.make("Ant-v0", 8, max_episode_steps=HORIZON)
    env.set_seed(3)
    rollout = env.rollout(130, policy=lambda observation: next(steps), break_when_any_done=False)
    lanes = freeroam.VectorEnv("Ant-v0", 8, max_episode_steps=HORIZON, autoreset_mode="SameStep")
    lanes.reset(seed=3)
    observation, _ = lanes.reset()  # TorchRL resets for the seed, and again for the rollout.
    for step in range(130):
        np.testing.assert_array_equal(rollout["observation"][:, step], observation)
        observation, reward, _, truncated, _ = lanes.step(actions[step].numpy())
        np.testing.assert_array_equal(rollout["next", "reward"][:, step, 0], reward)
        np.testing.assert_array_equal(rollout["next", "truncated"][:, step, 0], truncated)


def test_goals_are_dictionary_observations():
    batch = freeroam.torchrl.make("PointMaze-UMaze-v0", 4).rollout(5)
    assert batch["desired_goal"].shape == (4, 5, 2)
    assert torch.equal(batch["next", "reward"], -torch.ones(4, 5, 1))
    assert "desired_goal" not in freeroam.torchrl.make("PointMaze-UMaze-v0", 4, goals=None).rollout(2)


@pytest.mark.parametrize("setting", [{"copy": False}, {"autoreset_mode": "NextStep"}])
def test_what_torchrl_decides_is_refused(setting):
    with pytest.raises(freeroam.InputError, match="TorchRL needs one of its own"):
        freeroam.torchrl.make("Point-v0", 2, **setting)
