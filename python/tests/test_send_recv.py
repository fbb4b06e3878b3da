"""Groups of lanes in the background: `async_reset`, `send`, `recv`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from gymnasium.error import AlreadyPendingCallError, NoAsyncCallError, ResetNeeded

import freeroam

pytestmark = pytest.mark.contract


def make(lanes=6, batch_size=2, **settings):
    settings = {"max_episode_steps": 5, "goals": "anywhere", "seed": 3} | settings
    return freeroam.VectorEnv("PointMaze-UMaze-v0", lanes, batch_size=batch_size, **settings)


def run(lanes, rounds, keep):
    """Steps whatever group comes back; `keep` rows by lane."""
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (rounds + 1, lanes.num_envs, 2)).astype(np.float32)
    steps = np.zeros(lanes.num_envs, int)
    lanes.async_reset()
    order = []
    for _ in range(rounds * lanes.num_envs // lanes.batch_size):
        observation, reward, terminated, truncated, info = lanes.recv()
        ids = info["env_id"]
        order.append(ids.tolist())
        for row, lane in enumerate(ids):
            keep[lane].append(
                (observation[row].tobytes(), reward[row], terminated[row], truncated[row], info["goal"][row].tobytes())
            )
        lanes.send(actions[steps[ids], ids], ids)
        steps[ids] += 1
    return order


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_groups_come_back_in_the_order_of_sending_with_the_bits_of_plain_steps(threads, mode):
    rounds = 20
    kept = [[] for _ in range(6)]
    order = run(make(threads=threads, autoreset_mode=mode), rounds, kept)
    assert order == [[0, 1], [2, 3], [4, 5]] * rounds

    plain = make(batch_size=None, autoreset_mode=mode)
    observation, info = plain.reset()
    expected = [[(observation[lane].tobytes(), 0, False, False, info["goal"][lane].tobytes())] for lane in range(6)]
    actions = np.random.default_rng(0).uniform(-1, 1, (rounds + 1, 6, 2)).astype(np.float32)
    for step in range(rounds - 1):
        observation, reward, terminated, truncated, info = plain.step(actions[step])
        for lane in range(6):
            row = (
                observation[lane].tobytes(),
                reward[lane],
                terminated[lane],
                truncated[lane],
                info["goal"][lane].tobytes(),
            )
            expected[lane].append(row)
    assert kept == expected


def test_the_order_is_that_of_sending_whatever_was_sent_first():
    lanes = make()
    lanes.async_reset()
    groups = [lanes.recv()[4]["env_id"] for _ in range(3)]
    for index in (2, 0, 1):
        lanes.send(np.zeros((2, 2)), groups[index])
    assert [lanes.recv()[4]["env_id"].tolist() for _ in range(3)] == [[4, 5], [0, 1], [2, 3]]


def test_one_group_needs_no_env_id_and_all_results_have_masks():
    lanes = make(batch_size=None, autoreset_mode="SameStep")
    lanes.async_reset(seed=1)
    observation, *_, info = lanes.recv()
    assert (observation == make(batch_size=None).reset(seed=1)[0]).all()
    assert info["_goal"].all()
    assert not info["_success"].any(), "a reset has neither succeeded nor failed"
    for _ in range(5):
        lanes.send(np.zeros((6, 2)))
        observation, reward, terminated, truncated, info = lanes.recv()
        assert info["env_id"].tolist() == list(range(6)) and info["env_id"].dtype == np.int32
        assert observation in lanes.observation_space and reward.dtype == np.float32
    assert (terminated | truncated).all() and info["_final_obs"].all()
    assert all(f"_{key}" in info for key in info if not key.startswith("_"))


def test_plain_steps_and_the_background_take_turns():
    lanes, plain = make(), make(batch_size=None)
    lanes.async_reset()
    plain.reset()
    for _ in range(3):
        lanes.recv()
    for _ in range(7):
        one, other = lanes.step(np.ones((6, 2))), plain.step(np.ones((6, 2)))
        assert (one[0] == other[0]).all() and (one[4]["goal"] == other[4]["goal"]).all()
        for lane in (0, 2, 4):
            lanes.send(np.zeros((2, 2)), [lane, lane + 1])
        rows = [lanes.recv()[0] for _ in range(3)]
        assert (np.vstack(rows) == plain.step(np.zeros((6, 2)))[0]).all()


def test_calls_that_do_not_fit_the_moment_say_so():
    lanes = make()
    with pytest.raises(NoAsyncCallError, match="nothing was sent"):
        lanes.recv()
    with pytest.raises(ResetNeeded):
        lanes.send(np.zeros((2, 2)), [0, 1])
    lanes.async_reset()
    for call in (lanes.reset, lanes.async_reset, lanes.get_state, lambda: lanes.step(np.zeros((6, 2)))):
        with pytest.raises(AlreadyPendingCallError, match="3 groups of lanes are still stepping"):
            call()
    with pytest.raises(AlreadyPendingCallError, match="lanes 2 to 3 are still stepping"):
        lanes.send(np.zeros((2, 2)), [2, 3])
    groups = [lanes.recv()[4]["env_id"] for _ in range(3)]
    with pytest.raises(NoAsyncCallError):
        lanes.recv()
    for env_id in ([1, 2], [0], [0, 1, 2], [1, 0], [6, 7], [-2, -1], [[0, 1]], ["a", "b"]):
        with pytest.raises(ValueError, match="env_id is .*, expected 2 lanes of 6 as recv gave them"):
            lanes.send(np.zeros((2, 2)), env_id)
    with pytest.raises(ValueError, match="env_id is None, expected the lanes"):
        lanes.send(np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"shape \(6, 2\), expected \(2, 2\)"):
        lanes.send(np.zeros((6, 2)), groups[0])
    with pytest.raises(ValueError, match="action 1 of lane 3 is NaN"):
        lanes.send([[0, 0], [0, np.nan]], groups[1])
    lanes.send(np.zeros((2, 2)), groups[1])
    lanes.recv()


def test_a_finished_lane_is_refused_when_sent_with_autoreset_disabled():
    lanes = make(autoreset_mode="Disabled", max_episode_steps=1)
    lanes.async_reset()
    groups = [lanes.recv()[4]["env_id"] for _ in range(3)]
    lanes.send(np.zeros((2, 2)), groups[1])
    lanes.recv()
    with pytest.raises(ResetNeeded, match="the episode of lane 2 has ended"):
        lanes.send(np.zeros((2, 2)), groups[1])
    lanes.reset(options={"reset_mask": np.array([False, False, True, True, False, False])})
    lanes.send(np.zeros((2, 2)), groups[1])
    assert lanes.recv()[3].all()


def test_closing_with_groups_on_their_way_is_fine():
    for _ in range(20):
        lanes = make(threads=2)
        lanes.async_reset()
        lanes.close()
        del lanes


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are looked for where Linux lists them")
def test_no_thread_of_closed_lanes_is_left_for_a_fork_to_meet():
    exiting = 4  # a flag of those that hold nothing any more and are about to leave the list

    def threads():
        found = set()
        for task in Path("/proc/self/task").iterdir():
            with suppress(OSError):  # one that has ended since
                name, state = (task / "stat").read_text().rsplit(")", 1)
                if "(groups-" in name and not int(state.split()[6]) & exiting:
                    found.add(task.name)
        return found

    before = threads()
    lanes = make(lanes=64, threads=2)
    lanes.async_reset()
    lanes.recv()
    new = threads() - before
    assert new
    lanes.close()
    assert not new & threads()
