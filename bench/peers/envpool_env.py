"""Environment steps of EnvPool on one thread: envpool_env.py ID LANES."""

import sys
from importlib.metadata import version

import envpool
import numpy as np

from windows import serve


def main(env_id, lanes):
    env = envpool.make_gymnasium(env_id, num_envs=lanes, batch_size=lanes, num_threads=1, seed=0)
    env.reset()
    actions = np.random.default_rng(0).uniform(-1, 1, (64, lanes, *env.action_space.shape))
    turn = 0

    def step():
        nonlocal turn
        env.step(actions[turn])
        turn = (turn + 1) % len(actions)
        return lanes

    serve(f"envpool:{env_id}:{lanes}", "steps", {"envpool": version("envpool"), "numpy": version("numpy")}, step)


main(sys.argv[1], int(sys.argv[2]))
