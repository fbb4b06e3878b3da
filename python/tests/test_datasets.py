"""Data sets keep every bit on their way through files; the packages whose files they are read and write the same."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import gymnasium
import minari
import numpy as np
import ogbench
import pytest
from gymnasium.spaces import Box, Dict, Discrete
from gymnasium.vector import AutoresetMode
from minari.data_collector import EpisodeBuffer

import freeroam
from freeroam.datasets import (
    Dataset,
    Episode,
    collect,
    from_run,
    load_exorl,
    load_minari,
    load_ogbench,
    save_minari,
    save_ogbench,
    validation_path,
)

MODES = list(AutoresetMode)
#: Numbers of transitions of the episodes below.
LENGTHS = [3, 1, 7, 2]


@pytest.fixture(autouse=True)
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def minari_root(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    return tmp_path / "minari"


def any_bits(generator, *shape):
    """Floats of any bits: NaN with any payload, infinities, zeros of both signs, subnormal numbers."""
    values = generator.integers(0, 2**32, shape, np.uint32).view(np.float32)
    values.flat[::7] = np.resize(np.array([-0.0, np.inf, -np.inf, np.nan], np.float32), values.flat[::7].shape)
    return values


def episodes(generator, rewards=True, **extras):
    for length in LENGTHS:
        terminated = np.zeros(length, bool)
        terminated[-1] = generator.random() < 0.5
        truncated = np.zeros(length, bool)
        truncated[-1] = not terminated[-1]
        yield Episode(
            any_bits(generator, length + 1, 4),
            any_bits(generator, length, 2),
            any_bits(generator, length) if rewards else None,
            terminated,
            truncated,
            {name: any_bits(generator, length + 1, width) for name, width in extras.items()},
        )


def made(seed=0, **options):
    return Dataset.from_episodes(episodes(np.random.default_rng(seed), **options))


def same(one, other):
    """Whether two arrays, or two episodes or data sets, are equal bit for bit."""
    if one is None or other is None:
        return one is other
    if isinstance(one, Dataset):
        return len(one) == len(other) and same(one.columns(), other.columns())
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return (one.shape, one.dtype, one.tobytes()) == (other.shape, other.dtype, other.tobytes())


# --- the columns ---


def test_episodes_and_transitions_are_views_of_the_same_rows():
    source = list(episodes(np.random.default_rng(0), qpos=3))
    dataset = Dataset.from_episodes(source)
    assert len(dataset) == len(LENGTHS) and dataset.num_transitions == sum(LENGTHS)
    assert all(map(same, dataset, source))
    assert np.shares_memory(dataset[1].observations, dataset.observations)
    transitions = dataset.transitions()
    assert same(transitions.observations, np.concatenate([episode.observations[:-1] for episode in source]))
    assert same(transitions.next_observations, np.concatenate([episode.observations[1:] for episode in source]))
    assert same(transitions.actions, np.concatenate([episode.actions for episode in source]))
    assert same(transitions.rewards, np.concatenate([episode.rewards for episode in source]))
    assert same(dataset.select([2, 0])[0], dataset[2]) and same(dataset.select([2, 0])[1], dataset[0])
    assert same(dataset.select(slice(1, None))[-1], dataset[3]) and len(dataset.select([])) == 0
    assert repr(dataset) == ("Dataset(4 episodes, 13 transitions: observations [4], actions [2], rewards, qpos [3])")


def test_columns_that_do_not_fit_are_refused():
    dataset = made()
    names = ("observations", "actions", "rewards", "terminated", "truncated", "starts", "extras")
    columns = dict(zip(names, dataset.columns(), strict=True))
    for name, value, message in [
        ("actions", dataset.actions[1:], r"column `actions` has shape \(16, 2\), expected \(17, n\)"),
        ("observations", dataset.rewards, r"column `observations` has shape \(17,\), expected \(17, n\)"),
        ("rewards", dataset.observations, r"column `rewards` has shape \(17, 4\), expected \(17,\)"),
        ("starts", [0, 4, 4], "starts are .* expected 0, then ascending rows below 17"),
        ("starts", [1, 4], "expected 0"),
        ("starts", [0, 17], "below 17"),
        ("extras", {"qpos": dataset.rewards}, "column `qpos` has shape"),
    ]:
        with pytest.raises(freeroam.FreeroamError, match=message):
            Dataset(**(columns | {name: value}))
    episode = dataset[0]
    with pytest.raises(freeroam.FreeroamError, match="an episode has 4 observations and a column of 4 rows"):
        Dataset.from_episodes([episode._replace(actions=np.zeros((4, 2)))])
    with pytest.raises(freeroam.FreeroamError, match="that others lack"):
        Dataset.from_episodes([episode, episode._replace(rewards=None)])
    with pytest.raises(freeroam.FreeroamError, match="no episode"):
        Dataset.from_episodes([])


# --- OGBench ---


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("rewards", [False, True])
def test_ogbench_files_give_back_every_bit(tmp_path, compress, rewards):
    path = tmp_path / "data.npz"
    for seed in range(5):
        dataset = made(seed, rewards=rewards, qpos=3, tasks=1)
        save_ogbench(dataset, path, compress=compress)
        assert same(load_ogbench(path), dataset)


def test_the_official_loader_reads_the_same_transitions(tmp_path):
    dataset = made(qpos=3, qvel=2, tasks=1)
    path = tmp_path / "pointmaze-medium-navigate-v0.npz"
    save_ogbench(dataset, path, validation=dataset.select([1, 2]))
    expected = dataset.transitions()

    loaded = ogbench.load_dataset(path, add_info=True)
    assert set(loaded) == {"observations", "actions", "next_observations", "terminals", "qpos", "qvel"}
    for name in ("observations", "actions", "next_observations"):
        assert same(loaded[name], getattr(expected, name))
    assert same(loaded["qpos"], dataset.extras["qpos"][dataset.acted])
    ends = np.cumsum(LENGTHS) - 1
    assert np.flatnonzero(loaded["terminals"]).tolist() == ends.tolist()

    compact = ogbench.load_dataset(path, compact_dataset=True)
    assert same(compact["observations"], dataset.observations) and same(compact["actions"], dataset.actions)
    assert (compact["valids"].astype(bool) == dataset.acted).all()

    train, validation = ogbench.make_env_and_datasets(
        "pointmaze-medium-navigate-v0", dataset_path=str(path), dataset_only=True
    )
    assert same(train["observations"], expected.observations)
    assert same(validation["next_observations"], dataset.select([1, 2]).transitions().next_observations)
    assert same(load_ogbench(validation_path(path)), dataset.select([1, 2]))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_files_as_ogbench_makes_them_keep_every_bit(tmp_path, save):
    generator = np.random.default_rng(1)
    terminals = np.zeros(12, bool)
    terminals[[3, 4, 11]] = True
    arrays = {
        "observations": any_bits(generator, 12, 5),
        # Fortran's order, in which NumPy writes the transpose of a matrix.
        "actions": np.asfortranarray(any_bits(generator, 12, 2)),
        "terminals": terminals,
        "qpos": any_bits(generator, 12, 3),
        "qvel": any_bits(generator, 12, 3),
    }
    save(tmp_path / "theirs.npz", **arrays)
    dataset = load_ogbench(tmp_path / "theirs.npz")
    assert dataset.starts.tolist() == [0, 4, 5] and dataset.rewards is None and not dataset.terminated.any()
    assert np.flatnonzero(dataset.truncated).tolist() == [2, 10]
    save_ogbench(dataset, tmp_path / "ours.npz")
    with np.load(tmp_path / "ours.npz") as ours:
        assert set(ours) == set(arrays)
        for name, array in arrays.items():
            assert same(ours[name], np.ascontiguousarray(array))
    regular = ogbench.load_dataset(tmp_path / "theirs.npz")
    assert same(dataset.transitions().next_observations, regular["next_observations"])


def test_masks_are_where_values_end(tmp_path):
    terminals = np.array([0, 0, 1, 0, 0, 1], bool)
    masks = np.array([0, 1, 1, 1, 0, 1], np.float32)
    actions = np.zeros((6, 1), np.float32)
    np.savez(tmp_path / "masks.npz", observations=actions, actions=actions, terminals=terminals, masks=masks)
    dataset = load_ogbench(tmp_path / "masks.npz")
    assert np.flatnonzero(dataset.terminated).tolist() == [0, 4]
    assert np.flatnonzero(dataset.truncated).tolist() == [1]
    save_ogbench(dataset, tmp_path / "again.npz")
    with np.load(tmp_path / "again.npz") as again:
        assert same(again["masks"], masks)


def test_files_that_are_no_data_sets_of_ogbench_are_refused(tmp_path):
    path = tmp_path / "data.npz"
    with pytest.raises(FileNotFoundError) as missing:
        load_ogbench(path)
    assert missing.value.filename == str(path)
    with pytest.raises(FileNotFoundError):
        save_ogbench(made(), tmp_path / "absent" / "data.npz")
    with pytest.raises(freeroam.FreeroamError, match=r"expected a name that ends in \.npz"):
        save_ogbench(made(), tmp_path / "data")
    good = {"observations": np.zeros((4, 2), np.float32), "actions": np.zeros((4, 1)), "terminals": [0, 1, 0, 1]}
    for change, message in [
        ({"terminals": [0, 1, 0, 0]}, "element 3 is 0, expected 1: the last trajectory ends there"),
        (
            {"actions": np.zeros((3, 1))},
            r"array `actions` of .*data.npz has shape \(3, 1\), expected \(4,\) or \(4, n\)",
        ),
        ({"observations": np.zeros((4, 2), complex)}, "array `observations` of .* has dtype <c16, expected bool"),
        ({"observations": np.zeros((4, 3, 64, 64), np.uint8)}, r"has shape \(4, 3, 64, 64\)"),
        ({"valids": np.ones(4)}, "array `valids`"),
        ({"names": np.array(["a", "b", "c", "d"])}, "array `names` of .* has dtype <U1"),
        ({"qpos": np.full((4, 1), 1e300)}, "element 0 is 1.* expected a number in the range of float32"),
    ]:
        np.savez(path, **(good | change))
        with pytest.raises(freeroam.FreeroamError, match=message):
            load_ogbench(path)
    np.savez(path, observations=good["observations"])
    with pytest.raises(freeroam.FreeroamError, match="has no array `terminals`, it has observations"):
        load_ogbench(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(freeroam.FreeroamError, match=r"cannot read .*data\.npz"):
        load_ogbench(path)


# --- Minari ---


def test_minari_loads_an_export_with_equal_bits_and_its_spaces(minari_root):
    dataset = collect("Point-v0", episodes=5, seed=3, max_episode_steps=6)
    folder = save_minari(
        dataset,
        "freeroam/point/random-v0",
        description="Uniform random actions.",
        author="somebody",
        author_email="somebody@example.org",
        algorithm_name="random",
        code_permalink="https://example.org",
        requirements=["freeroam"],
    )
    assert folder == minari_root / "freeroam/point/random-v0"
    loaded = minari.load_dataset("freeroam/point/random-v0")
    assert loaded.total_episodes == 5 and loaded.total_steps == 30
    for ours, theirs in zip(dataset, loaded.iterate_episodes(), strict=True):
        assert same(ours.observations, theirs.observations) and same(ours.actions, theirs.actions)
        assert same(ours.rewards, theirs.rewards)
        assert same(ours.terminated, theirs.terminations) and same(ours.truncated, theirs.truncations)
        assert all(observation in loaded.observation_space for observation in theirs.observations)
        assert all(action in loaded.action_space for action in theirs.actions)
    with loaded.recover_environment() as environment:
        assert environment.observation_space == loaded.observation_space
        assert environment.action_space == loaded.action_space
        assert environment.spec == gymnasium.spec("freeroam/Point-v0")
    listed = minari.list_local_datasets()["freeroam/point/random-v0"]
    assert (listed["author"], listed["algorithm_name"]) == (["somebody"], "random")
    assert minari.list_local_datasets(prefix="freeroam") and loaded.storage.metadata["author"] == {"somebody"}
    assert "freeroam/point" in minari.namespace.list_local_namespaces()


def test_minari_files_give_back_every_bit(minari_root):
    for seed in range(5):
        dataset = made(seed, qpos=3, tasks=1)
        save_minari(dataset, f"bits-v{seed}")
        assert same(load_minari(f"bits-v{seed}"), dataset)
        loaded = minari.load_dataset(f"bits-v{seed}")
        assert loaded.observation_space == Box(-np.inf, np.inf, (4,)) and loaded.env_spec is None
        for ours, theirs in zip(dataset, loaded.sample_episodes(0) or loaded.iterate_episodes(), strict=True):
            assert same(ours.observations, theirs.observations) and same(ours.actions, theirs.actions)
            assert same(ours.rewards, theirs.rewards) and same(ours.extras, theirs.infos)
        order = [3, 0, 2]
        assert [len(episode) for episode in loaded.iterate_episodes(order)] == [LENGTHS[index] for index in order]
    save_minari(made(rewards=False), "bits-v99", root=minari_root)
    assert not load_minari("bits-v99", root=minari_root).rewards.any()


@pytest.mark.parametrize("data_format", ["parquet", "arrow"])
def test_what_minari_writes_is_read_as_minari_reads_it(minari_root, data_format):
    generator = np.random.default_rng(2)

    def buffer(observations, actions, length, dtype):
        return EpisodeBuffer(
            observations=observations,
            actions=actions,
            rewards=list(generator.normal(size=length).astype(dtype)),
            terminations=[False] * (length - 1) + [True],
            truncations=[False] * length,
            infos={"speed": any_bits(generator, length + 1, 3), "name": ["x"] * (length + 1)},
        )

    def create(id, buffers, **spaces):
        with warnings.catch_warnings():
            # It asks for authors, descriptions and links.
            warnings.simplefilter("ignore")
            return minari.create_dataset_from_buffers(id, buffers, data_format=data_format, **spaces)

    box = Box(-np.inf, np.inf, (2, 3))
    buffers = [buffer(any_bits(generator, n + 1, 2, 3), any_bits(generator, n, 1), n, np.float32) for n in LENGTHS]
    theirs = create("theirs/box-v0", buffers, observation_space=box, action_space=Box(-1, 1, (1,)))
    ours = load_minari("theirs/box-v0")
    for episode, expected, source in zip(ours, theirs.iterate_episodes(), buffers, strict=True):
        assert same(episode.observations, expected.observations.reshape(-1, 6))
        assert same(episode.actions, expected.actions) and same(episode.rewards, expected.rewards)
        assert same(episode.terminated, expected.terminations) and same(episode.truncated, expected.truncations)
        assert same(episode.extras, {"speed": source.infos["speed"]})

    double = Box(-np.inf, np.inf, (3,), np.float64)
    parts = Dict(observation=double, achieved_goal=double, desired_goal=double)
    buffers = [
        buffer({name: generator.normal(size=(n + 1, 3)) for name in parts}, list(generator.integers(0, 5, n)), n, float)
        for n in LENGTHS
    ]
    theirs = create("theirs/goals-v0", buffers, observation_space=parts, action_space=Discrete(5))
    ours = load_minari("theirs/goals-v0")
    assert set(ours.extras) == {"achieved_goal", "desired_goal", "speed"}
    for episode, expected in zip(ours, theirs.iterate_episodes(), strict=True):
        assert same(episode.observations, expected.observations["observation"].astype(np.float32))
        assert same(episode.extras["desired_goal"], expected.observations["desired_goal"].astype(np.float32))
        assert same(episode.actions, expected.actions.astype(np.float32)[:, None])
        assert same(episode.rewards, expected.rewards.astype(np.float32))


def test_minari_reads_the_longest_episode_that_is_written(minari_root):
    def long(length):
        episode = Episode(
            np.arange(length + 1, dtype=np.float32)[:, None],
            np.zeros((length, 1), np.float32),
            np.zeros(length, np.float32),
            np.zeros(length, bool),
            np.arange(length) == length - 1,
        )
        return Dataset.from_episodes([episode])

    save_minari(long(131071), "long-v0")
    theirs = minari.load_dataset("long-v0")[0]
    assert same(theirs.observations, np.arange(131072, dtype=np.float32)[:, None])
    with pytest.raises(freeroam.FreeroamError, match="episode 0 has 131072 transitions, expected 1 to 131071"):
        save_minari(long(131072), "long-v1")


def test_data_sets_that_minari_would_not_read_are_refused(minari_root):
    dataset = made()
    for id in ["name", "a b-v0", "../name-v0", "x/name-v0"]:
        with pytest.raises(freeroam.FreeroamError, match="column `id`"):
            save_minari(dataset, id)
    save_minari(dataset, "name-v0")
    with pytest.raises(FileExistsError, match="choose another id or delete it"):
        save_minari(dataset, "name-v0")
    with pytest.raises(FileNotFoundError):
        load_minari("absent-v0")
    metadata = minari_root / "name-v0/data/metadata.json"
    metadata.write_text(metadata.read_text().replace('"parquet"', '"hdf5"'))
    with pytest.raises(freeroam.FreeroamError, match='data_format is "hdf5", expected "parquet" or "arrow"'):
        load_minari("name-v0")


# --- ExORL ---


def exorl_episode(generator, length, ends):
    """An episode as `ReplayBufferStorage` of ExORL stores it: the first row has a dummy action, reward and discount."""
    discount = np.ones((length + 1, 1), np.float32)
    discount[-1] = 0 if ends else 1
    action, reward = any_bits(generator, length + 1, 2), any_bits(generator, length + 1, 1)
    action[0], reward[0] = 0, 0
    return {
        "observation": any_bits(generator, length + 1, 4),
        "action": action,
        "reward": reward,
        "discount": discount,
        "physics": generator.normal(size=(length + 1, 3)),
        "skill": any_bits(generator, length + 1, 2),
    }


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_exorl_episodes_are_read_as_their_replay_buffer_samples_them(tmp_path, save):
    generator = np.random.default_rng(4)
    files = [exorl_episode(generator, length, length == 7) for length in LENGTHS]
    for index, arrays in enumerate(files):
        save(tmp_path / f"episode_{index:06}_{len(arrays['action']) - 1}.npz", **arrays)
    dataset = load_exorl(tmp_path)
    assert len(dataset) == len(files)
    for episode, arrays in zip(dataset, files, strict=True):
        # `_sample` takes the observation and the skill one row before the action, the reward and the next observation.
        for index in range(1, len(arrays["action"])):
            assert same(episode.observations[index - 1], arrays["observation"][index - 1])
            assert same(episode.extras["skill"][index - 1], arrays["skill"][index - 1])
            assert same(episode.actions[index - 1], arrays["action"][index])
            assert same(episode.rewards[index - 1 : index], arrays["reward"][index])
            assert same(episode.observations[index], arrays["observation"][index])
        assert same(episode.extras["physics"], arrays["physics"].astype(np.float32))
        assert episode.terminated[-1] == (len(episode.actions) == 7) != episode.truncated[-1]
    assert same(load_exorl(tmp_path / "episode_000002_7.npz")[0], dataset[2])
    with pytest.raises(freeroam.FreeroamError, match=r"no file that ends in \.npz"):
        (tmp_path / "empty").mkdir()
        load_exorl(tmp_path / "empty")


# --- collecting ---


def test_collecting_keeps_what_a_loop_sees():
    dataset = collect("PointMaze-UMaze-v0", episodes=3, seed=5, num_envs=1, max_episode_steps=9)
    assert dataset.world == "PointMaze-UMaze-v0" and len(dataset) == 3
    environment = gymnasium.make("freeroam/PointMaze-UMaze-v0", max_episode_steps=9, goals=None)
    observation, _ = environment.reset(seed=5)
    for episode in dataset:
        for step, action in enumerate(episode.actions):
            assert same(observation, episode.observations[step])
            observation, reward, terminated, truncated, _ = environment.step(action)
            assert (reward, terminated, truncated) == (
                episode.rewards[step],
                episode.terminated[step],
                episode.truncated[step],
            )
        assert terminated or truncated
        assert same(observation, episode.observations[-1])
        observation, _ = environment.reset()


@pytest.mark.parametrize("amount", [{"episodes": 7}, {"steps": 100}])
def test_every_mode_of_autoreset_and_number_of_threads_collects_the_same(amount):
    first = None
    for mode in MODES:
        for threads in (1, 2):
            with freeroam.VectorEnv(
                "PointMaze-UMaze-v0", 3, max_episode_steps=20, autoreset_mode=mode, threads=threads, goals="tasks"
            ) as env:
                dataset = collect(env, push, seed=1, **amount)
            if "episodes" in amount:
                assert len(dataset) == 7
            elif mode != AutoresetMode.NEXT_STEP:
                assert dataset.num_transitions == 100
            ends = dataset.terminated | dataset.truncated
            assert (np.flatnonzero(ends) == [rows.stop - 2 for rows in dataset.slices]).all()
            first = first or dataset
            # With next-step autoreset the lanes do not keep pace, so other steps are the last ones.
            if mode != AutoresetMode.NEXT_STEP or "episodes" in amount:
                key = sorted(episode.observations.tobytes() for episode in dataset)
                assert key == sorted(episode.observations.tobytes() for episode in first)


def push(observations):
    """A policy that answers what it sees."""
    return np.sin(3 * observations)


def test_steps_and_tasks_are_kept_as_asked_for():
    skills = np.eye(4, dtype=np.float32)
    dataset = collect("Point-v0", lambda observations: (skills[:, :2] * 5, skills), steps=50, num_envs=4)
    assert dataset.num_transitions == 50 and dataset.extras["tasks"].shape == (54, 4)
    assert dataset.actions.max() == 1, "actions are kept as the world took them"
    skill_of = [episode.extras["tasks"][:-1].argmax(1) for episode in dataset]
    assert sorted(skill[0] for skill in skill_of) == [0, 1, 2, 3] and all(
        (skill == skill[0]).all() for skill in skill_of
    )
    assert all(episode.truncated[-1] for episode in dataset), "the episodes were open at the end"
    one, other = (collect("Point-v0", steps=40, seed=9) for _ in range(2))
    assert same(one, other) and not same(one, collect("Point-v0", steps=40, seed=10))


def test_what_cannot_be_collected_is_refused():
    for amount in [{}, {"episodes": 0}, {"episodes": 1, "steps": 1}]:
        with pytest.raises(freeroam.FreeroamError, match="expected one of them, at least 1"):
            collect("Point-v0", **amount)
    with pytest.raises(freeroam.FreeroamError, match=r"actions have shape \(8, 3\), expected \(8, 2\)"):
        collect("Point-v0", lambda observations: np.zeros((8, 3)), steps=10)
    with pytest.raises(freeroam.FreeroamError, match=r"tasks have shape \(3, 1\), expected \(8, n\)"):
        collect("Point-v0", lambda observations: (np.zeros((8, 2)), np.zeros((3, 1))), steps=10)
    with (
        freeroam.VectorEnv("Point-v0", 2) as env,
        pytest.raises(freeroam.FreeroamError, match="threads: given beside a vector environment"),
    ):
        collect(env, steps=10, threads=2)


def test_a_replay_is_a_data_set(tmp_path):
    run = freeroam.train(env="Point-v0", objective="random", env_steps=1000, out=tmp_path / "run")
    dataset = from_run(run)
    assert same(dataset, from_run(tmp_path / "run")) and dataset.world == "Point-v0"
    assert dataset.num_transitions == run.metrics()["env_steps"][-1] >= 1000
    horizon = freeroam.world("Point-v0").horizon
    for episode in dataset:
        # Without noise a step moves the point by its action.
        moved = episode.observations[:-1] + np.clip(episode.actions, -1, 1)
        assert np.allclose(moved, episode.observations[1:], atol=1e-4)
        assert len(episode.actions) <= horizon and episode.truncated[-1] and not episode.terminated.any()
    save_ogbench(dataset, tmp_path / "replay.npz")
    assert same(load_ogbench(tmp_path / "replay.npz"), dataset)
    with pytest.raises(freeroam.FreeroamError, match="is no run folder"):
        from_run(tmp_path)


def test_the_page_on_data_sets_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 6
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/datasets.md", "exec"), names)
