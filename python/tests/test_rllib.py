"""RLlib learns in the lanes, and counts every episode by the horizon."""

from __future__ import annotations

import pytest

ppo = pytest.importorskip("ray.rllib.algorithms.ppo")

import freeroam.rllib  # noqa: E402

HORIZON = 25


pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("cluster")]


@pytest.mark.parametrize("runners", [0, 1])
def test_one_iteration_of_ppo_with_episodes_of_the_horizon(runners):
    config = freeroam.rllib.configure(
        ppo.PPOConfig(), "Ant-v0", lanes=8, runners=runners, max_episode_steps=HORIZON, goals=None
    )
    config.training(train_batch_size_per_learner=1000, minibatch_size=200, num_epochs=1)
    config.debugging(seed=0)
    algorithm = config.build_algo()
    try:
        result = algorithm.train()["env_runners"]
    finally:
        algorithm.stop()
    lengths = [result[f"episode_len_{of}"] for of in ("min", "mean", "max")]
    assert lengths == [HORIZON] * 3, "an autoreset that counts as a step would make them longer"
    assert result["num_env_steps_sampled"] == 1000
    assert result["num_episodes"] == 1000 // 8 // HORIZON * 8
