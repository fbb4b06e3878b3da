"""The installed package does what its README says; needs nothing but NumPy."""

import numpy as np

import freeroam


def raises(call):
    try:
        call()
    except freeroam.FreeroamError as error:
        return str(error)
    raise AssertionError("no FreeroamError")


def rollout(threads):
    lanes = freeroam.Lanes("Point-v0", lanes=8, threads=threads, seed=3, horizon=5)
    rows = [lanes.reset()]
    rng = np.random.default_rng(0)
    for _ in range(12):
        step = lanes.step(rng.uniform(-1, 1, (8, len(lanes.action_names))))
        rows.append(step.observation)
    return np.stack(rows)


def main():
    assert "Point-v0" in freeroam.ids()
    lanes = freeroam.Lanes("Point-v0", lanes=4, horizon=2)
    shape = (4, len(lanes.observation_names))
    assert len(lanes) == 4 and lanes.horizon == 2 and lanes.dt > 0
    first = lanes.reset()
    assert first.shape == shape and first.dtype == np.float32
    kept = first.copy()
    actions = np.ones((4, len(lanes.action_names)))
    flags = [lanes.step(actions) for _ in range(3)]
    assert (first == kept).all(), "an array that was handed out changed"
    assert flags[0].observation.shape == shape and flags[0].reward.shape == (4,)
    assert [step.truncated.all() for step in flags] == [False, True, False]
    assert [step.reset.all() for step in flags] == [False, False, True]
    assert flags[0].terminated.dtype == np.bool_

    same = freeroam.Lanes("Point-v0", lanes=2, horizon=1, autoreset="same_step")
    same.reset()
    step = same.step(np.ones((2, len(same.action_names)), dtype=np.float32))
    assert step.truncated.all() and (step.observation != step.final_observation).any()

    assert (rollout(1) == rollout(2)).all(), "results depend on the number of threads"

    assert "Point-v0" in raises(lambda: freeroam.Lanes("Pont-v0"))
    assert "sometimes" in raises(lambda: freeroam.Lanes("Point-v0", autoreset="sometimes"))
    assert "(3, 2)" in raises(lambda: lanes.step(np.zeros((3, 2))))
    assert "finite" in raises(lambda: lanes.step(np.full((4, len(lanes.action_names)), np.nan)))
    raises(lambda: freeroam.Lanes("Point-v0", lanes=0))
    print(f"freeroam {freeroam.__version__} from Python: as it should be")


main()
