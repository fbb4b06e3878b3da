"""Trials of Tune and collectors: nothing is lost, counted twice or changed by pausing, moving and waiting."""

from __future__ import annotations

import os

import numpy as np
import pytest
from test_properties import bits, in_a_fork, vector, walk
from tiny import TINY

ray = pytest.importorskip("ray")
tune = pytest.importorskip("ray.tune")

import safetensors.numpy  # noqa: E402
from gymnasium.vector import AsyncVectorEnv  # noqa: E402
from ray.tune.schedulers import FIFOScheduler, TrialScheduler  # noqa: E402

import freeroam  # noqa: E402
from freeroam.ray import Batch, Collector, Trainable, batches  # noqa: E402

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("cluster")]

#: Six iterations of four epochs of 200 steps, with evaluations on the way.
SETTINGS = TINY | {"env_steps": 4800, "checkpoint_every": 0, "log_every": 4}
SEEDS = [0, 1]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The runs of the seeds, as `train` makes them."""
    folder = tmp_path_factory.mktemp("runs")
    return {seed: freeroam.train(SETTINGS, seed=seed, out=folder / str(seed)) for seed in SEEDS}


def state(run):
    """The newest checkpoint's files, without optimiser moments, whose entries are written in any order."""
    files = (run.checkpoints()[-1] / "learner").iterdir()
    return {file.name: file.read_bytes() for file in files if not file.name.endswith(".adam.bpk")}


def fit(trainable, folder, *, scheduler=None, frequency=0, failures=0):
    tuner = tune.Tuner(
        trainable,
        param_space=SETTINGS | {"seed": tune.grid_search(SEEDS)},
        tune_config=tune.TuneConfig(scheduler=scheduler, reuse_actors=False),
        run_config=tune.RunConfig(
            storage_path=str(folder),
            verbose=0,
            checkpoint_config=tune.CheckpointConfig(checkpoint_frequency=frequency, checkpoint_at_end=True),
            failure_config=tune.FailureConfig(max_failures=failures),
        ),
    )
    return {result.config["seed"]: result for result in tuner.fit()}


class PausesHalfway(FIFOScheduler):
    """Pauses every trial after its third iteration: its process ends, and another one goes on."""

    def on_trial_result(self, controller, trial, result):
        return TrialScheduler.PAUSE if result["training_iteration"] == 3 else TrialScheduler.CONTINUE


def dies_once(marks):
    """A trainable whose process is killed in the fifth iteration, once for each seed."""

    class DiesOnce(Trainable):
        def step(self):
            mark = marks / str(self.config["seed"])
            if self.iteration == 4 and not mark.exists():
                mark.touch()
                os._exit(1)
            return super().step()

    return DiesOnce


def assert_same(results, uninterrupted):
    for seed, run in uninterrupted.items():
        result = results[seed]
        assert result.error is None
        expected, got = run.metrics(), result.metrics_dataframe
        assert result.metrics["env_steps"] == expected["env_steps"][-1] == 4800
        assert result.metrics["evaluate/policy_coverage"] == expected["evaluate/policy_coverage"][-1]
        learned = ~np.isnan(expected["sac/reward"])
        np.testing.assert_allclose(got["sac/reward"].dropna(), expected["sac/reward"][learned], rtol=1e-12)
        ours = state(freeroam.Run(result.checkpoint.path))
        assert ours.keys() == state(run).keys() and "policy.safetensors" in ours
        for name, content in state(run).items():
            assert ours[name] == content, (seed, name)


def test_trials_that_are_paused_and_restored_equal_uninterrupted_ones(tmp_path, uninterrupted):
    results = fit(Trainable, tmp_path, scheduler=PausesHalfway())
    for result in results.values():
        assert result.metrics["training_iteration"] == 6 and result.metrics["iterations_since_restore"] == 3
    assert_same(results, uninterrupted)


def test_trials_whose_processes_die_equal_uninterrupted_ones(tmp_path, uninterrupted):
    marks = tmp_path / "marks"
    marks.mkdir()
    results = fit(dies_once(marks), tmp_path / "results", frequency=2, failures=1)
    assert sorted(os.listdir(marks)) == ["0", "1"]
    assert_same(results, uninterrupted)


def test_a_trial_may_load_what_another_has_saved_and_keeps_its_own_settings(tmp_path):
    one = Trainable(SETTINGS)
    one.train()
    one.save(str(tmp_path / "saved"))
    other = Trainable(SETTINGS | {"seed": 9, "sac": {"width": 16, "learning_rate": 1e-2}})
    other.restore(str(tmp_path / "saved"))
    assert freeroam.Run(tmp_path / "saved").config["seed"] == 0
    assert one.train()["env_steps"] == other.train()["env_steps"] == 1600
    assert other.reset_config(SETTINGS | {"seed": 1}) and other.train()["env_steps"] == 800


def test_trials_have_threads_for_the_cores_that_they_are_granted():
    assert Trainable.default_resource_request({"threads": 2}).required_resources == {"CPU": 2}
    assert Trainable.default_resource_request({}).required_resources == {"CPU": 1}
    granted = ray.remote(num_cpus=2)(lambda: freeroam.ray._granted())
    assert ray.get(granted.remote()) == 2


LANES, STEPS, ROUNDS, HORIZON = 4, 6, 10, 9


@pytest.fixture
def two_collectors():
    made = [Collector.remote("Ant-v0", LANES, seed=100 * i, max_episode_steps=HORIZON) for i in range(2)]
    yield made
    for collector in made:
        ray.kill(collector)


def constant(version):
    """A policy that says its version: every action is a fixed one."""
    weight, bias = np.zeros((16, 29), np.float32), np.zeros(16, np.float32)
    bias[:8], bias[8:] = version / 100, -100  # Deviations are clamped at 1e-6.
    weights = {"layers.0.weight": weight, "layers.0.bias": bias}
    weights |= {"observation_mean": np.zeros(29, np.float32), "observation_std": np.ones(29, np.float32)}
    return safetensors.numpy.save(weights)


def test_two_collectors_and_a_learner_count_every_transition_once(two_collectors):
    asked, got = 0, [[], []]

    def weights():
        nonlocal asked
        asked += 1
        return constant(asked)

    for turn, batch in enumerate(batches(two_collectors, STEPS, ROUNDS, weights)):
        assert isinstance(batch, Batch) and batch.tasks is None
        assert not batch.observations.flags.writeable and batch.copy().observations.flags.writeable
        assert batch.observations.shape == batch.next_observations.shape == (STEPS, LANES, 29)
        assert batch.actions.shape == (STEPS, LANES, 8) and batch.rewards.shape == (STEPS, LANES)
        # The weights of the moment at which the batch was asked for, none skipped and none used twice.
        np.testing.assert_allclose(batch.actions, np.tanh((turn + 1) / 100), atol=1e-5)
        got[turn % 2].append(batch)
    assert asked == 2 * ROUNDS == sum(map(len, got))
    for index, parts in enumerate(got):
        whole = Batch(*(None if column[0] is None else np.concatenate(column) for column in zip(*parts, strict=True)))
        assert len(whole.rewards) == ROUNDS * STEPS and not whole.diverged.any() and not whole.terminated.any()
        ends = np.flatnonzero(whole.truncated.all(axis=1))
        assert whole.truncated.sum() == LANES * len(ends) and ends.tolist() == list(range(8, ROUNDS * STEPS, 9))
        # What was collected over there, read-only as it came, is what the lanes do here.
        lanes = freeroam.VectorEnv("Ant-v0", LANES, max_episode_steps=HORIZON, autoreset_mode="SameStep")
        observation, _ = lanes.reset(seed=100 * index)
        actions = [action for part in parts for action in part.actions]
        for step, action in enumerate(actions):
            assert np.array_equal(whole.observations[step], observation)
            observation, reward, _, truncated, info = lanes.step(action)
            last = np.stack(info["final_obs"]) if truncated.all() else observation
            assert np.array_equal(whole.next_observations[step], last) and np.array_equal(whole.rewards[step], reward)
        assert len(whole.flat().rewards) == ROUNDS * STEPS * LANES


def test_equal_collectors_give_equal_batches_with_tasks_of_their_own():
    def skills(generator, episodes):
        z = generator.standard_normal((episodes, 2))
        return z / np.linalg.norm(z, axis=1, keepdims=True)

    def collect():
        collector = Collector.remote("Point-v0", 3, seed=5, tasks=skills, max_episode_steps=4)
        weight = np.hstack([np.zeros((2, 2)), np.eye(2)]).astype(np.float32)
        weights = {"layers.0.weight": np.vstack([weight, np.zeros((2, 4), np.float32)])}
        weights |= {"layers.0.bias": np.float32([0, 0, -100, -100])}
        weights |= {"observation_mean": np.zeros(2, np.float32), "observation_std": np.ones(2, np.float32)}
        random, follow = ray.get(
            [collector.collect.remote(10), collector.collect.remote(10, safetensors.numpy.save(weights))]
        )
        with pytest.raises(freeroam.InputError, match="29 observations and 0 tasks and gives 8 actions, expected 2, 2"):
            ray.get(collector.collect.remote(1, constant(0)))
        with pytest.raises(freeroam.InputError, match="steps is 0, expected at least 1"):
            ray.get(collector.collect.remote(0))
        with pytest.raises(freeroam.InputError, match="the weights are 5 bytes"):
            ray.get(collector.collect.remote(1, b"bytes"))
        ray.kill(collector)
        return random, follow

    (random, follow), again = collect(), collect()
    assert bits(random) == bits(again[0]) and bits(follow) == bits(again[1])
    assert np.abs(random.actions).max() <= 1 and random.actions.std() > 0.3
    np.testing.assert_allclose(follow.actions, np.tanh(follow.tasks), atol=1e-5)
    changed = (follow.tasks[1:] != follow.tasks[:-1]).any(axis=2)
    assert np.array_equal(changed, follow.truncated[:-1]), "a skill for every episode"
    assert random.tasks.shape == (10, 3, 2) and random.flat().tasks.shape == (30, 2)


def test_lanes_and_forks_inside_workers_do_not_wait_for_each_other():
    @ray.remote(num_cpus=1)
    def work():
        lanes = vector("PointMaze-UMaze-v0", 8, threads=2, batch_size=4)
        lanes.reset(seed=1)
        walk(lanes, 5)
        lanes.async_reset(seed=2)

        def in_the_child():
            fresh = vector("PointMaze-UMaze-v0", 8, threads=2)
            fresh.reset(seed=1)
            return walk(fresh, 5)

        child = in_a_fork(in_the_child)
        make = lambda: freeroam.Env("PointMaze-UMaze-v0", goals="tasks")  # noqa: E731
        processes = AsyncVectorEnv([make] * 2, context="fork")
        processes.reset(seed=3)
        processes.step(np.zeros((2, 2), np.float32))
        processes.close()
        return child == in_the_child(), bits(lanes.recv())

    lanes = vector("PointMaze-UMaze-v0", 8, threads=2, batch_size=4)
    lanes.async_reset(seed=2)
    first = bits(lanes.recv())
    # The driver has lanes at work meanwhile, and processes that it forks do not mind Ray.
    results = [work.remote() for _ in range(2)]
    forked = in_a_fork(lambda: walk_of_a_child())
    assert ray.get(results, timeout=120) == [(True, first)] * 2
    assert forked == walk_of_a_child()


def walk_of_a_child():
    lanes = vector("PointMaze-UMaze-v0", 4, threads=2)
    lanes.reset(seed=4)
    return walk(lanes, 5)
