"""The examples run, and learn."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("one_thread")

EXAMPLES = Path(__file__).parents[1] / "examples"


def example(name):
    """A script of the folder, as a module."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ppo_in_one_file_learns():
    ppo = example("ppo")
    history = ppo.main(ppo.Config(total_steps=49_152, num_envs=32, minibatches=4))
    # Actions cost more than standing earns; the first thing to learn is to waste less.
    assert np.mean(history[-2:]) > np.mean(history[:2]) + 30, history


@pytest.mark.ray
@pytest.mark.usefixtures("cluster")
def test_rllib_learns_from_whole_episodes():
    history = example("rllib_ppo").main("Ant-v0", runners=0, lanes=8, iterations=1, batch=1_600)
    lengths = history[0]["episode_len_min"], history[0]["episode_len_max"]
    assert lengths == (200, 200) and history[0]["num_env_steps_sampled_lifetime"] == 1_600


@pytest.mark.ray
@pytest.mark.usefixtures("cluster")
def test_collectors_feed_a_learner():
    collectors = example("collectors")
    config = collectors.Config(lanes=4, steps=10, rounds=5, warmup=100, width=16, batch=32)
    learner = collectors.main(config)
    assert learner.transitions == 2 * 4 * 10 * 5 and learner.gradient_steps == (400 - 100) * config.ratio
