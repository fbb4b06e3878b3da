"""Environment steps of freeroam's own vector environment: make_vec_env.py ID LANES THREADS."""

import sys
from importlib.metadata import version

import gymnasium
import numpy as np

import freeroam
from windows import serve


def main(env_id, lanes, threads):
    env = gymnasium.make_vec(f"freeroam/{env_id}", num_envs=lanes, threads=threads)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (64, *env.action_space.shape)).astype(np.float32)
    turn = 0

    def step():
        nonlocal turn
        env.step(actions[turn])
        turn = (turn + 1) % len(actions)
        return lanes

    versions = {"freeroam": freeroam.__version__} | {name: version(name) for name in ("gymnasium", "numpy")}
    serve(f"make_vec:{env_id}:{lanes}:{threads}", "steps", versions, step)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
