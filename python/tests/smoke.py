"""The installed package does what its README says; needs nothing but what pip installed with it."""

import gymnasium
import numpy as np

import freeroam


def rollout(threads):
    vector = gymnasium.make_vec("freeroam/Point-v0", num_envs=8, threads=threads, max_episode_steps=5)
    rows = [vector.reset(seed=3)[0]]
    rng = np.random.default_rng(0)
    for _ in range(12):
        rows.append(vector.step(rng.uniform(-1, 1, (8, 2)))[0])
    return np.stack(rows)


def main():
    for name in freeroam.ids():
        environment = gymnasium.make(f"freeroam/{name}")
        observation, _ = environment.reset(seed=0)
        assert observation in environment.observation_space
        observation, *_ = environment.step(environment.action_space.sample())
        assert observation in environment.observation_space
        environment.close()

    lanes = freeroam.Lanes("Point-v0", 4, horizon=2)
    first, _ = lanes.reset(seed=0)
    assert first.shape == (4, 2) and first.dtype == np.float32
    flags = [lanes.step(np.ones((4, 2))) for _ in range(3)]
    assert (first == 0).all(), "an array that was handed out changed"
    assert [step[3].all() for step in flags] == [False, True, False]

    assert (rollout(1) == rollout(2)).all(), "results depend on the number of threads"
    try:
        freeroam.VectorEnv("Pont-v0")
    except freeroam.FreeroamError as error:
        assert "did you mean `Point-v0`" in str(error)
    else:
        raise AssertionError("there is no such world")
    print(f"freeroam {freeroam.__version__} with gymnasium {gymnasium.__version__}: as it should be")


main()
