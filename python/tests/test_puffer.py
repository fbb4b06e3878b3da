"""PufferLib steps the lanes in its own buffers, in its own process and in others."""

from __future__ import annotations

import os

import numpy as np
import pytest

pytestmark = pytest.mark.puffer
folder = os.getcwd()
vector = pytest.importorskip("pufferlib.vector")

from worlds import KINDS  # noqa: E402

import freeroam  # noqa: E402
from freeroam.puffer import PufferEnv  # noqa: E402

HORIZON = 5


@pytest.fixture(scope="module", autouse=True)
def _no_trace_of_the_import():
    """PufferLib links its resources into the working folder."""
    yield
    link = os.path.join(folder, "resources")
    if os.path.islink(link):
        os.unlink(link)


def expected(id, seed, lanes, actions):
    """What Gymnasium's interface gives for the same lanes, with same-step autoreset."""
    env = freeroam.VectorEnv(id, lanes, max_episode_steps=HORIZON, autoreset_mode="SameStep", goals=None)
    rows = [(env.reset(seed=seed)[0], np.zeros(lanes, np.float32), np.zeros(lanes, bool), np.zeros(lanes, bool))]
    return rows + [env.step(action)[:4] for action in actions]


def actions_for(env, steps):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (steps, *env.action_space.shape)).astype(np.float32)


@pytest.mark.parametrize("id", KINDS)
def test_steps_write_into_the_given_buffers(id):
    spare = PufferEnv(id, 4)
    names = ["observations", "rewards", "terminals", "truncations", "masks", "actions"]
    buf = {name: np.zeros_like(getattr(spare, name)) for name in names}
    env = PufferEnv(id, 4, max_episode_steps=HORIZON, buf=buf)
    actions = actions_for(env, 12)
    observation, infos = env.reset(seed=7)
    rows = expected(id, 7 * 4, 4, actions)
    assert infos == [] and observation is buf["observations"]
    np.testing.assert_array_equal(observation, rows[0][0])
    returns = np.zeros(4)
    for step, (action, row) in enumerate(zip(actions, rows[1:], strict=True), 1):
        _, _, _, _, infos = env.step(action)
        for name, values in zip(names, row, strict=False):
            np.testing.assert_array_equal(buf[name], values)
        returns += row[1]
        if step % HORIZON == 0:
            assert [info["episode_length"] for info in infos] == [HORIZON] * 4
            np.testing.assert_allclose([info["episode_return"] for info in infos], returns)
            returns[:] = 0
        else:
            assert infos == []
    env.close()
    env.close()


@pytest.mark.parametrize("backend", [vector.Serial, vector.Multiprocessing])
def test_vectors_of_lanes_are_the_lanes(backend):
    settings = {"world": "Ant-v0", "num_envs": 3, "max_episode_steps": HORIZON}
    many = {"num_workers": 2, "batch_size": 2, "overwork": True} if backend is vector.Multiprocessing else {}
    env = vector.make(PufferEnv, env_kwargs=settings, backend=backend, num_envs=2, **many)
    try:
        actions = actions_for(env, 12)
        observation, _ = env.reset(seed=3)
        halves = [expected("Ant-v0", (3 + worker) * 3, 3, actions[:, 3 * worker :][:, :3]) for worker in range(2)]
        rows = [[np.concatenate(pair) for pair in zip(*step, strict=True)] for step in zip(*halves, strict=True)]
        np.testing.assert_array_equal(observation, rows[0][0])
        for action, row in zip(actions, rows[1:], strict=True):
            results = env.step(action)[:4]
            for got, wanted in zip(results, row, strict=True):
                np.testing.assert_array_equal(got, wanted)
    finally:
        env.close()
