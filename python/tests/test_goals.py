"""Goals: as OGBench has them in `info`, and as hindsight experience replay has them in observations."""

from __future__ import annotations

import copy

import gymnasium
import numpy as np
import pytest
from worlds import KINDS, PLACED

import freeroam
from freeroam.goal import GoalObservation, VectorGoalObservation

pytestmark = pytest.mark.contract

MAZES = [id for id in PLACED if freeroam.world(id).tasks]


@pytest.mark.parametrize("id", MAZES)
def test_a_task_is_a_start_and_a_goal(id):
    world = freeroam.world(id)
    at = list(world.position)
    lanes = freeroam.VectorEnv(id, 8, goals="tasks")

    def pairs(observation, info):
        return np.hstack([observation[:, at], info["goal"][:, at]])

    centres = []
    for task in range(1, world.tasks + 1):
        observation, info = lanes.reset(seed=task, options={"task_id": task})
        assert info["goal"].shape == observation.shape and info["_goal"].all()
        pair = pairs(observation, info)
        centres.append(pair.mean(axis=0))
        way = np.linalg.norm(np.diff(centres[-1].reshape(2, -1), axis=0))
        assert np.ptp(pair, axis=0).max() < way, "around the centres of two cells"
    if world.tasks > 1:
        each = [None, 1, *([world.tasks] * 6)]
        pair = pairs(*lanes.reset(options={"task_id": each}))
        away = np.abs(pair[:, None] - np.array(centres)).max(axis=2)
        assert away[1].argmin() == 0 and (away[2:].argmin(axis=1) == world.tasks - 1).all()
    single = freeroam.Env(id, goals="tasks")
    observation, info = single.reset(seed=1, options={"task_id": 1})
    again, same = lanes.reset(seed=1, options={"task_id": 1})
    assert (observation == again[0]).all() and (info["goal"] == same["goal"][0]).all()


@pytest.mark.parametrize("id", PLACED)
def test_goals_anywhere_leave_the_worlds_own_starts(id):
    plain, lanes = freeroam.VectorEnv(id, 5), freeroam.VectorEnv(id, 5, goals="anywhere")
    start, none = plain.reset(seed=2)
    observation, info = lanes.reset(seed=2)
    # Some worlds show the goal, and nothing in its place where there is none.
    own = [at for at, name in enumerate(lanes.world.observation_names) if not name.startswith("goal_")]
    assert (start[:, own] == observation[:, own]).all() and none == {}
    places = list(lanes.world.position)
    # A lidar of the goal measures around the goal, and an arm is there in another posture, as much at rest.
    names = list(enumerate(lanes.world.observation_names))
    moved = [at for at, name in names if at in places or name.startswith("lidar_")]
    if id.startswith("Jaco-"):
        moved = [at for at, name in names if not name.endswith("_rate")]
    rest = [at for at in range(observation.shape[1]) if at not in moved]
    assert (info["goal"][:, rest] == observation[:, rest]).all()
    assert len(np.unique(info["goal"][:, places], axis=0)) == 5


def to_goal(lanes, observation, goal):
    """Straight towards the goal, with the speed that just gets there."""
    return np.clip((goal - observation) / 0.2, -1, 1)


def near_goals(**settings):
    """Lanes on open ground whose bodies stand 3.5 m from their goals, half a metre too far."""
    lanes = freeroam.VectorEnv("Point-v0", 3, goals="anywhere", **settings)
    _, info = lanes.reset(seed=0)
    for lane, (x, y) in enumerate(info["goal"].astype(float)):
        lanes._lanes.teleport(lane, x - 3.5, y)
    return lanes


@pytest.mark.parametrize("terminate", [True, False])
def test_reaching_the_goal_is_rewarded_and_ends_the_episode_if_it_is_to(terminate):
    lanes = near_goals(terminate_at_goal=terminate)
    actions = np.array([[1, 0], [0.25, 0], [0, 0]])
    _, reward, terminated, truncated, info = lanes.step(actions)
    assert reward.tolist() == [1, 0, 0] and info["success"].tolist() == [True, False, False]
    assert terminated.tolist() == [terminate, False, False] and not truncated.any() and info["_success"].all()
    goal = info["goal"]
    _, reward, terminated, _, info = lanes.step([[0, 0], [0, 0], [1, 0]])
    if terminate:
        # The first lane spends this step on its reset.
        assert reward.tolist() == [0, 0, 1] and info["_success"].tolist() == [False, True, True]
        assert (info["goal"][0] != goal[0]).any() and (info["goal"][1:] == goal[1:]).all()
    else:
        assert reward.tolist() == [1, 0, 1] and info["_success"].all() and (info["goal"] == goal).all()


def test_same_step_autoreset_tells_of_the_old_goal_in_final_info():
    lanes = near_goals(autoreset_mode="SameStep")
    goal = lanes.step(np.zeros((3, 2)))[4]["goal"]
    observation, reward, terminated, _, info = lanes.step([[1, 0], [0, 0], [0, 0]])
    assert reward.tolist() == [1, 0, 0] and terminated.tolist() == [True, False, False]
    assert info["_success"].tolist() == [False, True, True] and info["_final_info"].tolist() == [True, False, False]
    last = info["final_info"]
    assert last["success"][0] and last["_success"].tolist() == [True, False, False]
    assert (last["goal"][0] == goal[0]).all() and (info["goal"][0] != goal[0]).any() and last["_goal"][0]
    assert (
        info["final_obs"][1] is None and abs(info["final_obs"][0] - goal[0]).max() < 3 and (observation[0] == 0).all()
    )


@pytest.mark.parametrize("name", [f"freeroam/{id}" for id in MAZES])
def test_pictures_of_goals_leave_no_trace(name):
    environment = gymnasium.make(name, render_mode="rgb_array", width=32, height=24)
    plain = gymnasium.make(name)
    observation, info = environment.reset(seed=3, options={"task_id": 1, "render_goal": True})
    expected, _ = plain.reset(seed=3, options={"task_id": 1})
    picture = info["goal_rendered"]
    assert picture.shape == (24, 32, 3) and picture.dtype == np.uint8
    assert (observation == expected).all() and (environment.render() != picture).any()
    action = np.ones(environment.action_space.shape, np.float32)
    assert (environment.step(action)[0] == plain.step(action)[0]).all()
    lanes = gymnasium.make_vec(name, num_envs=2, render_mode="rgb_array", width=32, height=24)
    _, info = lanes.reset(seed=3, options={"task_id": 1, "render_goal": True})
    assert info["goal_rendered"].shape == (2, 24, 32, 3) and info["_goal_rendered"].all()
    assert (info["goal_rendered"][0] == picture).all()


@pytest.mark.parametrize("id", [id for id in KINDS if id in PLACED])
def test_dictionaries_and_rewards_agree_with_compute_reward(id):
    single = GoalObservation(gymnasium.make(f"freeroam/{id}", goals="anywhere", max_episode_steps=20))
    observation, _ = single.reset(seed=0)
    assert observation in single.observation_space
    single.action_space.seed(0)
    for _ in range(50):
        observation, reward, terminated, truncated, info = single.step(single.action_space.sample())
        assert observation in single.observation_space and type(reward) is float
        goals = observation["achieved_goal"], observation["desired_goal"]
        assert reward == single.compute_reward(*goals, info) == float(info["success"]) - 1
        assert terminated == single.compute_terminated(*goals, info)
        assert not single.compute_truncated(*goals, info)
        if terminated or truncated:
            single.reset()
    assert copy.deepcopy(single).reset(seed=1)[0]["desired_goal"].shape == (2,)


def test_rewards_of_batches_are_minus_one_and_zero_at_the_radius():
    lanes = VectorGoalObservation(freeroam.VectorEnv("Point-v0", 2, goals="anywhere"))
    radius = lanes.env.world.goal_radius
    achieved = np.array([[0, 0], [0, 0], [1, 1]], np.float32)
    desired = np.array([[radius, 0], [np.nextafter(np.float32(radius), np.float32(9)), 0], [1, 1]], np.float32)
    reward = lanes.compute_reward(achieved, desired, [{}] * 3)
    assert reward.tolist() == [0, -1, 0] and reward.dtype == np.float32
    assert lanes.compute_terminated(achieved, desired, {}).tolist() == [True, False, True]
    assert lanes.compute_truncated(achieved, desired, {}).tolist() == [False] * 3
    grid = lanes.compute_reward(np.zeros((4, 5, 2)), np.full((4, 5, 2), 9.0), {})
    assert grid.shape == (4, 5) and (grid == -1).all()
    with pytest.raises(ValueError, match=r"shapes \(3, 2\) and \(2, 2\), expected \(\.\., 2\) both"):
        lanes.compute_reward(achieved, desired[:2], {})


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_vectors_of_dictionaries_agree_with_compute_reward(mode):
    lanes = VectorGoalObservation(near_goals(autoreset_mode=mode, max_episode_steps=9))
    rng = np.random.default_rng(0)
    successes, previous = 0, np.zeros(3, bool)
    for _ in range(40):
        actions = rng.uniform(-1, 1, (3, 2)).astype(np.float32)
        actions[0] = 1, 0
        observation, reward, terminated, truncated, info = lanes.step(actions)
        assert observation in lanes.observation_space
        ended = terminated | truncated
        expected = lanes.compute_reward(observation["achieved_goal"], observation["desired_goal"], info)
        if mode == "NextStep":
            expected[previous] = 0
        else:
            for lane in np.flatnonzero(ended):
                last = info["final_obs"][lane]
                assert last in lanes.single_observation_space
                expected[lane] = lanes.compute_reward(last["achieved_goal"], last["desired_goal"], info)
        assert (reward == expected).all()
        previous = ended
        successes += terminated.sum()
    assert successes >= 1


def test_dictionaries_need_goals():
    with pytest.raises(ValueError, match="goals is None, expected an environment of Ant-v0 made with goals"):
        GoalObservation(freeroam.Env("Ant-v0"))
    with pytest.raises(TypeError, match="expected a freeroam.VectorEnv"):
        VectorGoalObservation(gymnasium.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync"))
