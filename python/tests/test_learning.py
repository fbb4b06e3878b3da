"""Stable-Baselines3 learns in the worlds: trainings of minutes."""

from __future__ import annotations

import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize
from test_sb3 import goal_lanes, her, lanes, mean_return

from freeroam.sb3 import VecEnv

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("one_thread")]


def test_ppo_walks_forward():
    """PPO returns over five times what random actions do, on the ant's forward task, after 300 thousand steps."""
    scaled = VecNormalize(VecMonitor(VecEnv(lanes("Ant-v0", 16))))
    policy = {"log_std_init": -0.5}
    model = PPO("MlpPolicy", scaled, 1e-3, n_steps=64, batch_size=256, policy_kwargs=policy, seed=0, device="cpu")
    model.learn(300_000)
    judge = lanes("Ant-v0", 64)
    rng = np.random.default_rng(0)
    returns = {
        "PPO": mean_return(judge, lambda rows: model.predict(scaled.normalize_obs(rows), deterministic=True)[0]),
        "random": mean_return(judge, lambda rows: rng.uniform(-1, 1, (len(rows), 8)).astype(np.float32)),
        "zero": mean_return(judge, lambda rows: np.zeros((len(rows), 8), np.float32)),
    }
    print(f"\nreturns on Ant-v0 after {model.num_timesteps} steps: {returns}")
    # Random actions cost more than they earn, so five times their return is a matter of its size; standing still is the
    # harder rival.
    assert returns["PPO"] > 5 * abs(returns["random"])
    assert returns["PPO"] > 1.5 * returns["zero"]


def test_sac_with_hindsight_reaches_goals():
    """SAC with hindsight reaches over 80 % of the goals anywhere in PointMaze-UMaze, after 60 thousand steps."""
    settings = {"goals": "anywhere", "max_episode_steps": 200}
    # Relabelled goals are reached in mid-episode; where real ones ended it, the two would differ in what follows.
    train = VecMonitor(VecEnv(goal_lanes("PointMaze-UMaze-v0", 8, terminate_at_goal=False, **settings)))
    model = her(train, learning_starts=2_000, learning_rate=1e-3, gradient_steps=4)
    model.learn(60_000)
    judge = goal_lanes("PointMaze-UMaze-v0", 100, **settings)
    observation, _ = judge.reset(seed=1_000_000)
    reached, running = np.zeros(100, bool), np.ones(100, bool)
    while running.any():
        observation, _, terminated, truncated, _ = judge.step(model.predict(observation, deterministic=True)[0])
        reached |= terminated & running
        running &= ~(terminated | truncated)
    print(f"\nreached of goals on PointMaze-UMaze-v0 after {model.num_timesteps} steps: {reached.mean():.2f}")
    assert reached.mean() > 0.8
