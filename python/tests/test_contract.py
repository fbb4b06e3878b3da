"""Every world is what Gymnasium says an environment and a vector environment are."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import vector as vector_wrappers
from worlds import IDS, KINDS, anywhere, laws

import freeroam

pytestmark = pytest.mark.contract

NAMES = [f"freeroam/{id}" for id in IDS]
MODES = list(AutoresetMode)
#: A short walk, so that many episodes end in few steps.
HORIZON = 4
#: Pictures as small as they go: what they show is tested elsewhere.
SMALL = {"render_mode": "rgb_array", "width": 16, "height": 16}


@pytest.fixture(autouse=True)
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("id", IDS)
def test_check_env_warns_of_nothing(id):
    check_env(gymnasium.make(f"freeroam/{id}", **SMALL).unwrapped)
    if goals := anywhere(id):
        check_env(gymnasium.make(f"freeroam/{id}", goals=goals).unwrapped, skip_render_check=True)


@pytest.mark.parametrize(("id", "goals"), [(id, goals) for id in KINDS for goals in laws(id)])
def test_check_env_warns_of_nothing_whatever_the_goals(id, goals):
    check_env(gymnasium.make(f"freeroam/{id}", goals=goals, terminate_at_goal=False, **SMALL).unwrapped)


def test_a_fresh_process_makes_every_world_by_module_and_name():
    code = f"""
import warnings; warnings.simplefilter("error")
import gymnasium
for name in {NAMES}:
    environment = gymnasium.make(f"freeroam:{{name}}")
    vector = gymnasium.make_vec(f"freeroam:{{name}}", num_envs=2)
    assert environment.reset(seed=1)[0] in environment.observation_space
    assert vector.reset(seed=1)[0] in vector.observation_space
import freeroam; gymnasium.register_envs(freeroam)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_specs_are_json(name):
    spec = gymnasium.spec(name)
    again = type(spec).from_json(spec.to_json())
    assert again == spec and json.loads(spec.to_json())["entry_point"] == "freeroam.env:Env"
    world = freeroam.world(spec.kwargs["world"])
    assert spec.max_episode_steps == world.horizon
    # Mazes have goals when made by name, and open ground has none.
    assert spec.kwargs.get("goals") == ("tasks" if world.tasks else None)


@pytest.mark.parametrize("id", KINDS)
def test_specs_make_the_same_again(id):
    name = f"freeroam/{id}"
    environment = gymnasium.make(type(gymnasium.spec(name)).from_json(gymnasium.spec(name).to_json()))
    assert environment.spec.max_episode_steps == environment.unwrapped.world.horizon
    vector = gymnasium.make_vec(name, num_envs=3)
    remade = gymnasium.make_vec(vector.spec)
    assert (remade.num_envs, remade.spec) == (3, vector.spec)
    assert (remade.reset(seed=5)[0] == vector.reset(seed=5)[0]).all()
    assert environment.unwrapped.goals == vector.goals == gymnasium.spec(name).kwargs.get("goals")
    assert gymnasium.make(name, goals=None).unwrapped.goals is None


@pytest.mark.parametrize("name", NAMES)
def test_vector_environments_are_what_gymnasium_expects(name):
    with gymnasium.make_vec(name, num_envs=2, threads=2) as vector:
        assert isinstance(vector, gymnasium.vector.VectorEnv) and type(vector) is freeroam.VectorEnv
        assert vector.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP is vector.autoreset_mode
        assert vector.metadata["render_fps"] == round(1 / vector.world.dt) and vector.num_envs == 2
        assert vector.observation_space == gymnasium.vector.utils.batch_space(vector.single_observation_space, 2)
        assert vector.action_space == gymnasium.vector.utils.batch_space(vector.single_action_space, 2)
        observation, info = vector.reset(seed=3)
        assert observation in vector.observation_space and isinstance(info, dict)
        observation, reward, terminated, truncated, info = vector.step(vector.action_space.sample())
        assert observation in vector.observation_space and observation.dtype == np.float32
        assert (reward.shape, terminated.shape, truncated.shape) == ((2,),) * 3
        assert (reward.dtype, terminated.dtype, truncated.dtype) == (np.float32, np.bool_, np.bool_)
        assert "episode" not in info
    assert vector.closed
    vector.close()


@pytest.mark.parametrize("mode", MODES)
def test_modes_of_autoreset_are_given_by_name_or_value(mode):
    for given in (mode, mode.value):
        vector = gymnasium.make_vec("freeroam/Point-v0", autoreset_mode=given)
        assert vector.metadata["autoreset_mode"] is mode is vector.autoreset_mode
    assert freeroam.VectorEnv.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP


@pytest.mark.parametrize("id", IDS)
def test_observations_and_actions_have_finite_float32_spaces(id):
    environment = freeroam.Env(id)
    low, high = np.finfo(np.float32).min, np.finfo(np.float32).max
    assert environment.observation_space == gymnasium.spaces.Box(low, high, (len(environment.world.observation_names),))
    assert environment.action_space == gymnasium.spaces.Box(-1, 1, (len(environment.world.action_names),))
    observation, _ = environment.reset(seed=0)
    assert observation.dtype == np.float32
    _, reward, terminated, truncated, info = environment.step(environment.action_space.sample())
    assert type(reward) is float and type(terminated) is bool and type(truncated) is bool and info == {}


def same_info(ours, theirs):
    """Ours says all that theirs says, and nothing more is marked as said."""
    for key in theirs:
        if key.startswith("_"):
            assert (ours[key] == theirs[key]).all(), key
        elif isinstance(theirs[key], dict):
            same_info(ours[key], theirs[key])
        else:
            said = theirs[f"_{key}"]
            assert len(ours[key]) == len(theirs[key])
            for got, expected in zip(ours[key][said], theirs[key][said], strict=True):
                assert np.array_equal(got, expected), key
    for key in ours.keys() - theirs.keys():
        assert not key.startswith("_") or not ours[key].any(), key


# Every world by name, with the modes taking turns; one of each kind with all goals in all modes.
WALKS = [(id, "by name", MODES[turn % 3]) for turn, id in enumerate(IDS)]
WALKS += [(id, goals, mode) for id in KINDS for goals in laws(id) for mode in MODES]


@pytest.mark.parametrize(("id", "goals", "mode"), WALKS)
def test_lanes_give_what_gymnasiums_loop_over_single_environments_gives(id, goals, mode):
    lanes = 3
    if goals == "by name":
        goals = gymnasium.spec(f"freeroam/{id}").kwargs.get("goals")
    ours = freeroam.VectorEnv(id, lanes, max_episode_steps=HORIZON, autoreset_mode=mode, goals=goals, threads=2)
    single = lambda: gymnasium.make(f"freeroam/{id}", max_episode_steps=HORIZON, goals=goals)  # noqa: E731
    theirs = SyncVectorEnv([single] * lanes, autoreset_mode=mode)
    got, expected = ours.reset(seed=11), theirs.reset(seed=11)
    assert np.array_equal(got[0], expected[0])
    same_info(got[1], expected[1])
    rng = np.random.default_rng(0)
    ends = 0
    for step in range(3 * HORIZON):
        if step == HORIZON + 2:
            # Lanes out of step with each other from here on.
            mask = np.array([True, False, True])
            got, expected = ours.reset(options={"reset_mask": mask}), theirs.reset(options={"reset_mask": mask.copy()})
            assert np.array_equal(got[0], expected[0])
            same_info(got[1], expected[1])
        actions = rng.uniform(-1, 1, ours.action_space.shape).astype(np.float32)
        *got, info = ours.step(actions)
        *expected, expected_info = theirs.step(actions)
        for one, other in zip(got, expected, strict=True):
            assert np.array_equal(one, other)
        same_info(info, expected_info)
        ended = got[2] | got[3]
        ends += ended.sum()
        if mode is AutoresetMode.DISABLED and ended.any():
            got, expected = (
                ours.reset(options={"reset_mask": ended}),
                theirs.reset(options={"reset_mask": ended.copy()}),
            )
            assert np.array_equal(got[0], expected[0])
    assert ends >= 5


@pytest.mark.parametrize("vectorization", ["sync", "vector_entry_point"])
def test_make_vec_makes_loops_over_single_environments_as_well(vectorization):
    vector = gymnasium.make_vec("freeroam/Ant-v0", num_envs=2, vectorization_mode=vectorization, max_episode_steps=5)
    vector.reset(seed=0)
    ends = [vector.step(np.zeros((2, 8), np.float32))[3].all() for _ in range(12)]
    assert np.flatnonzero(ends).tolist() == [4, 10]


@pytest.mark.parametrize("mode", MODES)
def test_episodes_have_the_length_asked_for(mode):
    for steps, ends in ((None, 200), (13, 13), (-1, 0)):
        vector = freeroam.VectorEnv("Ant-v0", 2, max_episode_steps=steps, autoreset_mode=mode)
        vector.reset(seed=0)
        taken = next((t for t in range(1, 250) if vector.step(np.zeros((2, 8)))[3].any()), 0)
        assert taken == ends


@pytest.mark.parametrize("name", NAMES)
def test_single_environments_are_truncated_by_the_time_limit_alone(name):
    environment = gymnasium.make(name, max_episode_steps=15, terminate_at_goal=False)
    environment.reset(seed=0)
    action = np.zeros(environment.action_space.shape, np.float32)
    assert next(t for t in range(1, 30) if environment.step(action)[3]) == 15
    direct = freeroam.Env(environment.unwrapped.world.id, max_episode_steps=9)
    direct.reset(seed=0)
    assert next(t for t in range(1, 20) if direct.step(action)[3]) == 9


def test_wrappers_of_gymnasium_work():
    lanes = freeroam.VectorEnv("PointMaze-UMaze-v0", 4, max_episode_steps=HORIZON, goals="tasks")
    lanes = vector_wrappers.NormalizeObservation(vector_wrappers.RecordEpisodeStatistics(lanes))
    lanes.reset(seed=0)
    lengths = []
    for _ in range(5 * (HORIZON + 1)):
        *_, info = lanes.step(lanes.action_space.sample())
        if "episode" in info:
            lengths += info["episode"]["l"][info["_episode"]].tolist()
    assert lengths == [HORIZON] * 20

    for mode in (AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP):
        lanes = freeroam.VectorEnv("Point-v0", 4, max_episode_steps=HORIZON, goals="anywhere", autoreset_mode=mode)
        lanes = vector_wrappers.DictInfoToList(lanes)
        _, info = lanes.reset(seed=0)
        assert [sorted(one) for one in info] == [["goal"]] * 4
        for _ in range(HORIZON):
            *_, info = lanes.step(lanes.action_space.sample())
        if mode is AutoresetMode.NEXT_STEP:
            assert [sorted(one) for one in info] == [["goal", "success"]] * 4
            *_, info = lanes.step(lanes.action_space.sample())
            assert [sorted(one) for one in info] == [["goal"]] * 4
        else:
            assert [sorted(one) for one in info] == [["final_info", "final_obs", "goal"]] * 4
            assert [sorted(one["final_info"]) for one in info] == [["goal", "success"]] * 4

    single = gymnasium.make("freeroam/Point-v0", render_mode="rgb_array_list")
    single = gymnasium.wrappers.RecordEpisodeStatistics(single)
    single.reset(seed=0)
    for _ in range(50):
        *_, info = single.step(single.action_space.sample())
    assert info["episode"]["l"] == 50 and len(single.render()) == 51


def test_frames_are_pictures():
    environment = freeroam.Env("Ant-v0", render_mode="rgb_array", width=40, height=30)
    environment.reset(seed=0)
    frame = environment.render()
    assert frame.shape == (30, 40, 3) and frame.dtype == np.uint8 and frame.std() > 0
    vector = freeroam.VectorEnv("PointMaze-UMaze-v0", 3, render_mode="rgb_array", width=40, height=30, goals="tasks")
    vector.reset(seed=0)
    frames = vector.render()
    assert isinstance(frames, tuple) and [frame.shape for frame in frames] == [(30, 40, 3)] * 3
    assert (frames[0] != frames[1]).any()
    assert freeroam.Env("Ant-v0").render() is None


def test_arrays_that_were_given_out_do_not_change_unless_asked_for():
    actions = np.ones((2, 2))
    vector = freeroam.VectorEnv("Point-v0", 2)
    first, _ = vector.reset(seed=0)
    results = [vector.step(actions) for _ in range(2)]
    assert (first == 0).all() and (results[0][0] == 1).all() and (results[1][0] == 2).all()
    assert all(one is not other for one, other in zip(results[0], results[1], strict=True))

    live = freeroam.VectorEnv("Point-v0", 2, copy=False)
    first, _ = live.reset(seed=0)
    results = [live.step(actions) for _ in range(2)]
    assert all(one is other for one, other in zip(results[0][:4], results[1][:4], strict=True))
    assert results[0][0] is first and (first == 2).all()


def test_lanes_step_into_buffers_of_the_caller():
    lanes = freeroam.Lanes("Point-v0", 3)
    everything = np.full((9, 2), np.nan, np.float32)
    reward, flags = np.ones(3, np.float32), np.ones((2, 3), np.bool_)
    out = everything[3:6], reward, flags[0], flags[1]
    observation, info = lanes.reset(seed=0, out=out)
    assert observation is out[0] and info == {} and (everything[3:6] == 0).all()
    result = lanes.step(np.full((3, 2), 0.5), out)
    assert all(one is other for one, other in zip(result, out, strict=False)) and result[4] == {}
    assert (everything[3:6] == 0.5).all() and np.isnan(everything[[0, 1, 2, 6, 7, 8]]).all()
    assert not reward.any() and not flags.any()


def test_actions_of_all_real_kinds_and_orders_are_the_same():
    rng = np.random.default_rng(0)
    wide = rng.integers(-1, 2, (6, 16)).astype(np.float32)
    read_only = wide[:3, :8].copy()
    read_only.flags.writeable = False
    kinds = [read_only, wide[:3, :8], np.asfortranarray(read_only), read_only.tolist()]
    kinds += [read_only.astype(dtype) for dtype in ("float64", "float16", "int8", "int64", ">f4")]
    results = []
    for actions in kinds:
        vector = freeroam.VectorEnv("Ant-v0", 3)
        vector.reset(seed=0)
        results.append(vector.step(actions)[0])
    assert all((result == results[0]).all() for result in results)
    clipped = freeroam.VectorEnv("Point-v0", 1)
    clipped.reset(seed=0)
    assert clipped.step([[7.0, -7.0]])[0].tolist() == [[1, -1]]


def spoiled(lanes):
    """Puts a number that is none into the physics of lane 0: the place of its body, wherever it is in the saved state
    but in the last five places, which are observations."""
    lanes._lanes.teleport(0, 1234.5, 0.0)
    state, place = lanes.get_state(), np.float32(1234.5).tobytes()
    lanes.set_state(state.replace(place, np.float32(np.nan).tobytes(), state.count(place) - 5))
    return lanes


@pytest.mark.parametrize("mode", MODES)
def test_failed_physics_are_told_of_and_end_the_episode(mode):
    lanes = freeroam.VectorEnv("Point-v0", 2, autoreset_mode=mode)
    lanes.reset(seed=0)
    assert lanes.step(np.ones((2, 2)))[4] == {}
    observation, reward, terminated, truncated, info = spoiled(lanes).step(np.ones((2, 2)))
    assert truncated.tolist() == [True, False]
    assert not terminated.any()
    assert not reward.any()
    if mode is AutoresetMode.SAME_STEP:
        assert observation.tolist() == [[0, 0], [2, 2]]
        assert info["final_obs"][0].tolist() == [1234.5, 0]
        info = info["final_info"]
    else:
        assert observation.tolist() == [[1234.5, 0], [2, 2]]
    assert info["diverged"].tolist() == info["_diverged"].tolist() == [True, False]

    single = freeroam.Env("Point-v0")
    single.reset(seed=0)
    observation, reward, terminated, truncated, info = spoiled(single).step(np.ones(2))
    assert (observation.tolist(), reward, terminated, truncated) == ([1234.5, 0], 0, False, True)
    assert info == {"diverged": True}
