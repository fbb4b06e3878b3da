"""Stable-Baselines3 learns in the worlds: a training of minutes."""

from __future__ import annotations

import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize
from test_sb3 import lanes, mean_return

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
