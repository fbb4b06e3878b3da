"""Stable-Baselines3 takes the worlds as they are, and learns in them."""

from __future__ import annotations

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3 import PPO, SAC, HerReplayBuffer
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.vec_env import VecMonitor
from worlds import IDS, KINDS, PLACED

import freeroam
from freeroam.sb3 import VecEnv

pytestmark = pytest.mark.usefixtures("one_thread")


def lanes(id, num_envs, **settings):
    return gymnasium.make_vec(f"freeroam/{id}", num_envs=num_envs, autoreset_mode=AutoresetMode.SAME_STEP, **settings)


def goal_lanes(id, num_envs, **settings):
    return freeroam.VectorGoalObservation(lanes(id, num_envs, **settings))


@pytest.mark.parametrize("id", IDS)
def test_check_env_warns_of_nothing(id):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(f"freeroam/{id}"))
        if id in KINDS and id in PLACED:
            check_env(freeroam.GoalObservation(gymnasium.make(f"freeroam/{id}", goals="anywhere")))


@pytest.mark.parametrize("id", KINDS)
def test_steps_are_those_of_single_environments(id):
    env = VecEnv(lanes(id, 3, max_episode_steps=4, goals=None))
    singles = [gymnasium.make(f"freeroam/{id}", max_episode_steps=4, goals=None) for _ in range(3)]
    env.seed(5)
    observation = env.reset()
    expected = [single.reset(seed=5 + lane)[0] for lane, single in enumerate(singles)]
    np.testing.assert_array_equal(observation, expected)
    rng = np.random.default_rng(0)
    for step in range(1, 10):
        actions = rng.uniform(-1, 1, (3, *env.action_space.shape)).astype(np.float32)
        observation, reward, done, infos = env.step(actions)
        assert isinstance(infos, list)
        for lane, single in enumerate(singles):
            expected, paid, terminated, truncated, _ = single.step(actions[lane])
            assert reward[lane] == np.float32(paid)
            assert done[lane] == (terminated or truncated) == (step % 4 == 0)
            if done[lane]:
                np.testing.assert_array_equal(infos[lane]["terminal_observation"], expected)
                assert infos[lane]["TimeLimit.truncated"] is True
                expected, _ = single.reset()
            else:
                assert "terminal_observation" not in infos[lane]
            np.testing.assert_array_equal(observation[lane], expected)
    env.close()
    env.close()


def test_reaching_the_goal_is_no_truncation():
    env = VecEnv(goal_lanes("Point-v0", 8, goals="anywhere", max_episode_steps=60))
    observation = env.reset()
    reached = 0
    for _ in range(200):
        actions = np.clip(observation["desired_goal"] - observation["achieved_goal"], -1, 1)
        observation, reward, done, infos = env.step(actions)
        for lane in np.flatnonzero(done):
            last, info = infos[lane]["terminal_observation"], infos[lane]
            assert info["is_success"] and reward[lane] == 0 and not info["TimeLimit.truncated"]
            assert freeroam.world("Point-v0").reached(last["achieved_goal"], last["desired_goal"])
            reached += 1
        assert (reward[~done] == -1).all()
    assert reached > 8


def test_reset_takes_seeds_and_tasks_once():
    env = VecEnv(lanes("PointMaze-Medium-v0", 4))
    env.seed(3)
    env.set_options({"task_id": 2})
    first = env.reset()
    goals = np.array([info["goal"] for info in env.reset_infos])
    assert (np.abs(goals - goals.mean(0)) <= 1).all(), "one task, a metre around its place"
    assert (env.reset() != first).any(axis=1).all()
    env.seed(3)
    env.set_options([{"task_id": 2}] * 4)
    np.testing.assert_array_equal(env.reset(), first)


def test_lanes_share_attributes_and_methods():
    env = VecEnv(goal_lanes("PointMaze-UMaze-v0", 3))
    assert env.get_attr("goals") == ["tasks"] * 3 and env.get_attr("num_envs", [0, 2]) == [3, 3]
    with pytest.raises(ValueError, match="all lanes"):
        env.set_attr("mark", 1, indices=[0])
    env.set_attr("mark", 1)
    assert env.get_attr("mark", 1) == [1] and not env.has_attr("unheard_of")
    places = np.array([[0, 0], [0, 3]], np.float32)
    rewards = env.env_method("compute_reward", places, np.zeros((2, 2), np.float32), [{}, {}], indices=[0])
    assert [list(each) for each in rewards] == [[0, -1]]
    assert env.env_is_wrapped(gymnasium.Wrapper) == [False] * 3
    with pytest.raises(RuntimeError, match="step_async"):
        env.step_wait()


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED])
def test_other_autoreset_modes_are_refused(mode):
    with pytest.raises(ValueError, match="SAME_STEP"):
        VecEnv(gymnasium.make_vec("freeroam/Point-v0", num_envs=2, autoreset_mode=mode))


def test_arrays_that_are_written_again_are_refused():
    with pytest.raises(freeroam.InputError, match="copy is False, expected True"):
        VecEnv(lanes("Point-v0", 2, copy=False))


def test_infos_within_infos_are_those_of_the_lane():
    env = VecEnv(RecordEpisodeStatistics(lanes("Point-v0", 2, max_episode_steps=3, goals=None)))
    env.reset()
    for _ in range(3):
        _, _, done, infos = env.step(np.zeros((2, *env.action_space.shape), np.float32))
    assert done.all() and [info["episode"]["l"] for info in infos] == [3, 3]


def ppo(env, seed):
    return PPO(
        "MlpPolicy",
        env,
        n_steps=64,
        batch_size=512,
        learning_rate=1e-3,
        gamma=0.95,
        policy_kwargs={"log_std_init": -0.5},
        seed=seed,
        device="cpu",
    )


def mean_return(env_lanes, act):
    """Mean return of the first episode of every lane of `lanes(..)`."""
    observation, _ = env_lanes.reset(seed=1_000_000)
    returns, running = np.zeros(env_lanes.num_envs), np.ones(env_lanes.num_envs, bool)
    while running.any():
        observation, reward, terminated, truncated, _ = env_lanes.step(act(observation))
        returns += reward * running
        running &= ~(terminated | truncated)
    return returns.mean()


def test_ppo_takes_some_hundred_steps():
    env = VecMonitor(VecEnv(lanes("Ant-v0", 8, max_episode_steps=20)))
    model = ppo(env, seed=0).learn(512)
    assert model.num_timesteps == 512
    assert len(model.ep_info_buffer) == 512 // 20 - 512 // 20 % 8
    assert {info["l"] for info in model.ep_info_buffer} == {20}


def test_sac_with_hindsight_takes_some_hundred_steps():
    env = VecMonitor(VecEnv(goal_lanes("PointMaze-UMaze-v0", 4, max_episode_steps=25)))
    model = her(env, learning_starts=100).learn(400)
    assert model.num_timesteps == 400 and len(model.ep_info_buffer) == 16
    batch = model.replay_buffer.sample(256)
    reached = freeroam.world("PointMaze-UMaze-v0").reached(
        batch.next_observations["achieved_goal"], batch.observations["desired_goal"]
    )
    np.testing.assert_array_equal(batch.rewards[:, 0].numpy(), np.where(reached, 0, -1))
    assert reached.any(), "goals are relabelled"


def her(env, learning_starts, **settings):
    return SAC(
        "MultiInputPolicy",
        env,
        learning_starts=learning_starts,
        replay_buffer_class=HerReplayBuffer,
        policy_kwargs={"net_arch": [128, 128]},
        seed=0,
        device="cpu",
        **settings,
    )
