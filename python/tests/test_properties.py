"""What holds for every world: randomness from seeds alone, exact states, the same bits however it is computed."""

from __future__ import annotations

import copy
import faulthandler
import os
import pickle
import sys
import threading
import traceback
from pathlib import Path

import cloudpickle
import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv
from worlds import IDS, KINDS, PLACED, anywhere

import freeroam

#: What depends on Gymnasium too, and so runs beside every one that the package supports.
contract = pytest.mark.contract

#: A short walk, so that many episodes end in few steps.
HORIZON = 4
GOLDEN = [line.split() for line in (Path(__file__).parent / "golden/trajectories.txt").read_text().splitlines()]


def bits(result):
    """All arrays of a step or reset as bytes."""
    if isinstance(result, dict):
        return [(key, bits(value)) for key, value in sorted(result.items())]
    if isinstance(result, tuple):
        return [bits(value) for value in result]
    array = np.asarray(result)
    return [bits(item) for item in array] if array.dtype == object and array.ndim else array.tobytes()


def walk(environment, steps, seed=0):
    """The results of random actions; single environments are reset where an episode ends."""
    rng = np.random.default_rng(seed)
    results = []
    for _ in range(steps):
        result = environment.step(rng.uniform(-1, 1, environment.action_space.shape).astype(np.float32))
        results.append(bits(result))
        if result[2] is True or result[3] is True:
            results.append(bits(environment.reset()))
    return results


def vector(id, lanes=4, **settings):
    return freeroam.VectorEnv(id, lanes, **{"max_episode_steps": HORIZON, "goals": anywhere(id)} | settings)


@pytest.mark.parametrize("id", PLACED)
def test_two_lanes_and_two_resets_differ(id):
    lanes = vector(id)
    rows = []
    for _ in range(3):
        observation, info = lanes.reset() if rows else lanes.reset(seed=1)
        rows += [row.tobytes() for row in np.hstack([observation, info["goal"]])]
    assert len(set(rows)) == 12
    # Autoreset draws on as well.
    for _ in range(2 * (HORIZON + 1)):
        observation, *_, info = lanes.step(np.zeros(lanes.action_space.shape))
        rows += [row.tobytes() for row in info["goal"]]
    assert len(set(rows)) == 12 + 3 * 4


@pytest.mark.parametrize("id", IDS)
def test_starts_differ_without_goals_too_where_the_world_starts_at_random(id):
    lanes = freeroam.VectorEnv(id, 4)
    starts = np.vstack([lanes.reset(seed=1)[0], lanes.reset()[0]])
    if id == "Point-v0":
        assert not starts.any(), "it starts at the origin, exactly"
    else:
        assert len(np.unique(starts, axis=0)) == 8


@pytest.mark.parametrize("id", IDS)
def test_the_same_seed_gives_the_same_trajectory_whatever_was_before(id):
    lanes, other = vector(id, 2), vector(id, 2)
    first = bits(lanes.reset(seed=5)), walk(lanes, 8)
    other.reset(seed=6)
    walk(other, 3)
    assert (bits(other.reset(seed=5)), walk(other, 8)) == first
    assert (bits(lanes.reset(seed=[5, 6])), walk(lanes, 8)) == first
    lanes.reset(seed=6)
    assert walk(lanes, 8) != first[1]


@contract
@pytest.mark.parametrize("id", KINDS)
def test_resets_without_a_seed_draw_from_the_generator_once_and_go_on_from_there(id):
    one, other = vector(id), vector(id)
    for lanes in (one, other):
        lanes.np_random = np.random.default_rng(3)
    assert bits(one.reset()) == bits(other.reset())
    before = one.np_random.bit_generator.state
    assert bits(one.reset()) == bits(other.reset()) and one.np_random.bit_generator.state == before
    assert bits(vector(id).reset()) != bits(vector(id).reset())
    given = vector(id, seed=5)
    assert bits(given.reset()) == bits(vector(id).reset(seed=5))
    part = vector(id)
    part.reset(seed=5)
    expected = vector(id)
    expected.reset(seed=5)
    expected = expected.reset()[0]
    observation, _ = part.reset(seed=[None, 9, None, None])
    assert (observation[[0, 2, 3]] == expected[[0, 2, 3]]).all()


@pytest.mark.parametrize(("id", "goals", "checksum"), GOLDEN)
def test_trajectories_are_those_of_the_rust_program(id, goals, checksum):
    threads = 2 if goals == "none" else 1
    goals = None if goals == "none" else goals
    lanes = freeroam.VectorEnv(id, 3, max_episode_steps=25, autoreset_mode="SameStep", goals=goals, threads=threads)
    lanes.reset(seed=7)
    width = lanes.single_action_space.shape[0]
    index = np.arange(3)[:, None] * 17 + np.arange(width) * 7
    data = b""
    for step in range(60):
        actions = ((step * 31 + index) % 41).astype(np.float32) / np.float32(20) - np.float32(1)
        observation, reward, terminated, truncated, info = lanes.step(actions)
        arrays = [observation, reward] + ([info["goal"]] if goals else []) + [terminated, truncated]
        data += b"".join(array.tobytes() for array in arrays)
    assert f"{fnv(data):016x}" == checksum


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def test_the_golden_file_has_every_world():
    assert {line[0] for line in GOLDEN} == set(IDS)


@pytest.mark.parametrize("id", KINDS)
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_the_number_of_threads_and_the_size_of_groups_change_no_bit(id, mode):
    settings = [{"threads": 1}, {"threads": 2}, {"threads": 9}, {"threads": 2, "batch_size": 2}, {"batch_size": 1}]
    results = []
    for setting in settings:
        lanes = vector(id, autoreset_mode=mode, **setting)
        results.append((bits(lanes.reset(seed=2)), walk(lanes, 12)))
    assert all(result == results[0] for result in results)


@pytest.mark.parametrize("id", IDS)
def test_a_restored_state_goes_on_bit_for_bit(id):
    kinds = vector(id), vector(id, batch_size=2), freeroam.Env(id, goals=anywhere(id))
    for lanes in kinds if id in KINDS else (vector(id, 2),):
        lanes.reset(seed=4)
        walk(lanes, 3)
        state = lanes.get_state()
        assert isinstance(state, bytes)
        expected = walk(lanes, 4, seed=1), bits(lanes.reset()), walk(lanes, 2, seed=2)
        lanes.set_state(state)
        assert (walk(lanes, 4, seed=1), bits(lanes.reset()), walk(lanes, 2, seed=2)) == expected


@contract
@pytest.mark.parametrize("id", KINDS)
def test_a_state_moves_to_another_number_of_threads_and_to_before_the_first_reset(id):
    one, other = vector(id, threads=1), vector(id, threads=2)
    one.np_random = np.random.default_rng(8)
    other.set_state(one.get_state())
    assert bits(one.reset()) == bits(other.reset())
    walk(one, 5)
    other.set_state(one.get_state())
    mask = np.array([True, False, True, False])
    options = {"reset_mask": mask}
    assert bits(one.reset(options=options)) == bits(other.reset(options=options))
    assert walk(one, 12) == walk(other, 12)


@contract
@pytest.mark.parametrize("id", KINDS)
@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)), lambda x: cloudpickle.loads(cloudpickle.dumps(x))]
)
def test_copies_go_on_bit_for_bit(id, again):
    name, settings = f"freeroam/{id}", {"terminate_at_goal": False}
    made = gymnasium.make(name, **settings), gymnasium.make_vec(name, num_envs=3, copy=False, **settings)
    for original in (*made, vector(id, batch_size=2), freeroam.Env(id, goals=anywhere(id), **settings)):
        unseeded = again(original)
        original.reset(seed=3)
        original.action_space.seed(1)
        walk(original, 6)
        twin = again(original)
        assert twin.spec == original.spec and type(twin.unwrapped) is type(original.unwrapped)
        assert (twin.action_space.sample() == original.action_space.sample()).all()
        assert walk(twin, 5) == walk(original, 5)
        assert bits(twin.reset()) == bits(original.reset()) and walk(twin, 5) == walk(original, 5)
        unseeded.reset(seed=3)
        original.close()
        closed = again(original)
        with pytest.raises(gymnasium.error.ClosedEnvironmentError):
            closed.unwrapped.step(twin.action_space.sample())
        walk(twin, 1)


def in_a_fork(work):
    """What `work` gives in a forked child, which has half a minute and then shows where it stands."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            faulthandler.dump_traceback_later(30, exit=True, file=sys.__stderr__)
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump(work(), pipe)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert data and status == 0, f"the child gave {len(data)} bytes and ended with {status}"
    return pickle.loads(data)


@contract
@pytest.mark.parametrize("id", KINDS)
def test_a_forked_child_goes_on_as_its_parent_does(id):
    for lanes in (vector(id, threads=2), vector(id, batch_size=2, threads=2), freeroam.Env(id, goals=anywhere(id))):
        lanes.reset(seed=3)
        walk(lanes, 5)

        def go_on(lanes=lanes):
            results = walk(lanes, 5), bits(lanes.reset())
            lanes.close()
            return results

        assert in_a_fork(go_on) == go_on()


@contract
def test_a_child_forked_while_groups_were_stepping_says_so():
    lanes = vector("PointMaze-UMaze-v0", 8, batch_size=2, threads=2)
    lanes.async_reset(seed=0)

    def try_all():
        refused = []
        for call in (lanes.recv, lanes.reset, lanes.get_state):
            try:
                call()
            except RuntimeError as error:
                refused.append(str(error))
        lanes.close()
        fresh = vector("PointMaze-UMaze-v0", 8, batch_size=2, threads=2)
        fresh.async_reset(seed=0)
        return refused, bits(fresh.recv())

    refused, first = in_a_fork(try_all)
    assert len(refused) == 3 and all("forked" in text for text in refused)
    assert first == bits(lanes.recv())


@contract
def test_single_environments_work_in_the_processes_of_async_vector_env():
    make = lambda: gymnasium.make("freeroam:freeroam/PointMaze-UMaze-v0", max_episode_steps=HORIZON)  # noqa: E731
    theirs = AsyncVectorEnv([make] * 2)
    ours = vector("PointMaze-UMaze-v0", 2, goals="tasks")
    assert (theirs.reset(seed=3)[0] == ours.reset(seed=3)[0]).all()
    rng = np.random.default_rng(0)
    for _ in range(25):
        actions = rng.uniform(-1, 1, (2, 2)).astype(np.float32)
        for one, other in zip(ours.step(actions)[:4], theirs.step(actions)[:4], strict=True):
            assert (one == other).all()
    theirs.close()


def test_two_threads_step_two_vectors_without_disturbing_each_other():
    results = {}

    def work(seed):
        lanes = vector("Ant-v0", 16, threads=1, max_episode_steps=50)
        lanes.reset(seed=seed)
        results[seed] = walk(lanes, 60)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = dict(results)
    for seed in (1, 2):
        work(seed)
    assert results == together


@contract
def test_two_threads_on_one_vector_are_told_or_take_turns():
    lanes = freeroam.VectorEnv("Ant-v0", 64, threads=1)
    lanes.reset(seed=0)
    actions = np.zeros(lanes.action_space.shape, np.float32)
    other_is_inside, errors = threading.Event(), []

    def work():
        while not errors and not stop.is_set():
            other_is_inside.set()
            try:
                lanes.step(actions)
            except RuntimeError as error:
                errors.append(str(error))

    stop = threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    other_is_inside.wait()
    for _ in range(10_000):
        if errors:
            break
        try:
            lanes.step(actions)
        except RuntimeError as error:
            errors.append(str(error))
    stop.set()
    thread.join()
    assert errors and all("another thread" in error for error in errors)
    lanes.step(actions)
