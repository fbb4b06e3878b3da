"""What is refused: with the right exception, a text that names the value and what was expected, and no lane moved."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError, ResetNeeded

import freeroam

pytestmark = pytest.mark.contract


@pytest.fixture
def lanes():
    lanes = freeroam.VectorEnv("Point-v0", 3)
    lanes.reset(seed=0)
    return lanes


@pytest.fixture
def single():
    single = freeroam.Env("Point-v0")
    single.reset(seed=0)
    return single


@pytest.mark.parametrize(
    ("actions", "kind", "text"),
    [
        (np.zeros((2, 2)), ValueError, r"actions has shape \(2, 2\), expected \(3, 2\)"),
        (np.zeros((3, 2, 1), np.float32), ValueError, r"actions has shape \(3, 2, 1\), expected \(3, 2\)"),
        (np.zeros(6, np.float32), ValueError, r"actions has shape \(6,\), expected \(3, 2\)"),
        (0.5, ValueError, r"actions has shape \(\), expected \(3, 2\)"),
        ([[0, 0], [0, 0], [0]], ValueError, "actions is no array"),
        ([[0, 0], [0, np.nan], [0, 0]], ValueError, "action 1 of lane 1 is NaN, expected a finite number"),
        ([[0, 0], [0, 0], [np.inf, 0]], ValueError, "action 0 of lane 2 is inf, expected a finite number"),
        (np.zeros((3, 2), complex), TypeError, "dtype complex128, expected float32 or other real numbers"),
        (np.zeros((3, 2), object), TypeError, "dtype object, expected float32"),
        ([["a", "b"]] * 3, TypeError, "dtype <U1, expected float32"),
        (None, TypeError, "dtype object, expected float32"),
    ],
)
def test_actions_that_are_no_actions(lanes, actions, kind, text):
    with pytest.raises(kind, match=text):
        lanes.step(actions)
    assert (lanes.step(np.ones((3, 2)))[0] == 1).all(), "a lane moved"


@pytest.mark.parametrize("batch_size", [3, 1])
def test_no_group_moves_when_one_is_refused(batch_size):
    lanes = freeroam.VectorEnv("Point-v0", 3, batch_size=batch_size)
    lanes.reset(seed=0)
    with pytest.raises(ValueError, match="action 0 of lane 2 is NaN"):
        lanes.step([[1, 1], [1, 1], [np.nan, 1]])
    assert (lanes.step(np.ones((3, 2)))[0] == 1).all()


@pytest.mark.parametrize(
    ("action", "kind", "text"),
    [
        (np.zeros(3), ValueError, r"the action has shape \(3,\), expected \(2,\)"),
        (np.zeros((1, 2), np.float32), ValueError, r"the action has shape \(1, 2\), expected \(2,\)"),
        ([np.nan, 0], ValueError, "action 0 of lane 0 is NaN"),
        ("ab", TypeError, "dtype <U2"),
    ],
)
def test_single_actions_that_are_no_actions(single, action, kind, text):
    with pytest.raises(kind, match=text):
        single.step(action)
    assert (single.step([1, 1])[0] == 1).all()


def test_what_freeroam_refuses_is_a_freeroam_error_and_a_value_error(single):
    with pytest.raises(freeroam.InputError):
        single.step([0])
    assert issubclass(freeroam.InputError, freeroam.FreeroamError) and issubclass(freeroam.InputError, ValueError)


def test_a_step_before_the_first_reset():
    for environment in (
        freeroam.Env("Ant-v0"),
        freeroam.VectorEnv("Ant-v0", 2),
        freeroam.VectorEnv("Ant-v0", 2, batch_size=1),
    ):
        with pytest.raises(ResetNeeded, match="call reset first"):
            environment.step(environment.action_space.sample())
    with pytest.raises(ResetNeeded, match="call reset first"):
        freeroam.VectorEnv("Ant-v0", 2).send(np.zeros((2, 8)))
    with pytest.raises(ResetNeeded, match="reset all lanes first"):
        freeroam.VectorEnv("Ant-v0", 2).reset(options={"reset_mask": np.array([True, False])})
    with pytest.raises(ResetNeeded, match="call reset first"):
        freeroam.Env("Ant-v0", render_mode="rgb_array").render()


@pytest.mark.parametrize("batch_size", [2, 1])
def test_a_step_after_the_end_with_autoreset_disabled(batch_size):
    lanes = freeroam.VectorEnv("Point-v0", 2, max_episode_steps=2, autoreset_mode="Disabled", batch_size=batch_size)
    lanes.reset(seed=0)
    lanes.step(np.ones((2, 2)))
    lanes.reset(options={"reset_mask": np.array([True, False])})
    assert lanes.step(np.ones((2, 2)))[3].tolist() == [False, True]
    with pytest.raises(ResetNeeded, match="the episode of lane 1 has ended; reset the lane first"):
        lanes.step(np.ones((2, 2)))
    single = freeroam.Env("Point-v0", max_episode_steps=1)
    single.reset(seed=0)
    single.step([0, 0])
    with pytest.raises(ResetNeeded, match="the episode of lane 0 has ended"):
        single.step([0, 0])


def test_use_after_close(lanes, single):
    lanes.close()
    lanes.close()
    single.close()
    single.close()
    for call in (
        lambda: lanes.step(np.zeros((3, 2))),
        lambda: lanes.reset(seed=1),
        lanes.async_reset,
        lambda: lanes.send(np.zeros((3, 2))),
        lanes.recv,
        lanes.get_state,
        lambda: single.step([0, 0]),
        single.reset,
        single.get_state,
    ):
        with pytest.raises(ClosedEnvironmentError, match="closed"):
            call()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"world": "Pont-v0"}, "unknown env `Pont-v0`; did you mean `Point-v0`"),
        ({"num_envs": 0}, "num_envs is 0, expected at least 1"),
        ({"threads": -1}, "threads is -1, expected at least 1"),
        ({"max_episode_steps": -2}, "max_episode_steps is -2, expected at least 1"),
        ({"batch_size": 3}, "batch_size is 3, expected a divisor of the number of lanes, 4"),
        ({"batch_size": 0}, "batch_size is 0, expected at least 1"),
        (
            {"autoreset_mode": "sometimes"},
            "autoreset_mode is 'sometimes', expected an AutoresetMode or one of 'NextStep'",
        ),
        ({"goals": "tasks"}, "Point-v0 has no tasks"),
        ({"goals": "nowhere"}, "goals is `nowhere`, expected one of `tasks`, `anywhere`"),
        ({"render_mode": "human"}, "render_mode is 'human', expected None or 'rgb_array'"),
        ({"camera": "under"}, "under"),
        ({"width": 0}, "width is 0, expected at least 1"),
    ],
)
def test_settings_that_cannot_be(settings, text):
    with pytest.raises(ValueError, match=text):
        freeroam.VectorEnv(**{"world": "Point-v0", "num_envs": 4, "render_mode": "rgb_array"} | settings)


def test_integers_of_numpy_are_seeds():
    first, again = (freeroam.VectorEnv("Point-v0", num_envs=2).reset(seed=seed)[0] for seed in (3, np.int64(3)))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("seed", "kind", "text"),
    [
        (-1, gymnasium.error.Error, "-1"),
        (1.5, (TypeError, gymnasium.error.Error), "1.5"),
        (2**64 - 2, ValueError, "seed is 18446744073709551614, expected 0 to"),
        ([1, 2], ValueError, "there are 2 seeds, expected 3"),
        ([1, -2, 3], ValueError, "the seed of lane 1 is -2, expected an integer from 0 to"),
        ([1, 2, "x"], ValueError, "the seed of lane 2 is x"),
    ],
)
def test_seeds_that_are_no_seeds(lanes, seed, kind, text):
    with pytest.raises(kind, match=text):
        lanes.reset(seed=seed)


@pytest.mark.parametrize(
    ("mask", "kind", "text"),
    [
        ([True, False, True], TypeError, "the mask is of type list, expected a NumPy array"),
        (np.ones(3, int), TypeError, "the mask has dtype int64, expected bool"),
        (np.ones(2, bool), ValueError, r"the mask has shape \(2,\), expected \(3,\)"),
        (np.zeros(3, bool), ValueError, "the mask is false everywhere"),
    ],
)
def test_masks_that_are_no_masks(lanes, mask, kind, text):
    with pytest.raises(kind, match=text):
        lanes.reset(options={"reset_mask": mask})


def test_tasks_that_are_no_tasks(lanes):
    maze = freeroam.VectorEnv("PointMaze-Medium-v0", 2, goals="tasks")
    for task in (0, 6, -1, 1.5, "1"):
        with pytest.raises(ValueError, match="task_id is .*, expected an integer from 1 to 5"):
            maze.reset(options={"task_id": [task, 1]})
    with pytest.raises(ValueError, match="there are 1 tasks, expected 2"):
        maze.reset(options={"task_id": [1]})
    with pytest.raises(ValueError, match="expected none, since Point-v0 has no tasks"):
        lanes.reset(options={"task_id": 1})
    with pytest.raises(ValueError, match="lane 0 cannot take task 0: the lanes have no goals"):
        freeroam.VectorEnv("PointMaze-Medium-v0", 2).reset(options={"task_id": 1})


def test_states_that_are_no_states(lanes):
    state = lanes.get_state()
    for other in (b"", b"state", state[:-9], state.replace(b"Point", b"Paint")):
        with pytest.raises(ValueError, match="state"):
            lanes.set_state(other)
    with pytest.raises(ValueError, match="3 lanes, expected 2"):
        freeroam.VectorEnv("Point-v0", 2).set_state(state)
    with pytest.raises(ValueError, match="cannot restore the state of the lanes of Ant-v0"):
        freeroam.VectorEnv("Ant-v0", 3).set_state(state)
    with pytest.raises(ValueError, match="cannot restore the state"):
        freeroam.VectorEnv("Point-v0", 3, goals="anywhere").set_state(state)
    lanes.set_state(state)
    assert (lanes.step(np.ones((3, 2)))[0] == 1).all()


@pytest.mark.parametrize(
    ("index", "buffer", "text"),
    [
        (0, np.zeros((3, 2)), r"out\[0\] is float64 of shape \(3, 2\), expected a writable array in C order, float32"),
        (0, np.zeros((2, 3), np.float32).T, r"out\[0\] is float32 of shape \(3, 2\), expected .* in C order"),
        (1, np.zeros(2, np.float32), r"out\[1\] is float32 of shape \(2,\), expected .* of shape \(3,\)"),
        (2, [False] * 3, r"out\[2\] is of type list, expected a writable array"),
        (3, np.frombuffer(bytes(3), np.bool_), r"out\[3\] is bool of shape \(3,\).*, expected a writable array"),
    ],
)
def test_buffers_that_do_not_fit(index, buffer, text):
    native = freeroam.Lanes("Point-v0", 3)
    native.reset()
    out = [np.zeros((3, 2), np.float32), np.zeros(3, np.float32), np.zeros(3, np.bool_), np.zeros(3, np.bool_)]
    out[index] = buffer
    with pytest.raises(ValueError, match=text):
        native.step(np.ones((3, 2)), tuple(out))
    with pytest.raises(ValueError, match="out has 2 arrays, expected 4"):
        native.step(np.ones((3, 2)), tuple(out[:2]))
    assert (native.step(np.ones((3, 2)))[0] == 1).all(), "a lane moved"
