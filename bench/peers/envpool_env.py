"""Environment steps of EnvPool: envpool_env.py ID LANES [THREADS], one thread if not said otherwise."""

import sys
from importlib.metadata import version

import envpool
import numpy as np

from windows import serve


def main(env_id, lanes, threads=1):
    env = envpool.make_gymnasium(env_id, num_envs=lanes, batch_size=lanes, num_threads=threads, seed=0)
    env.reset()
    actions = np.random.default_rng(0).uniform(-1, 1, (64, lanes, *env.action_space.shape))
    turn = 0

    def step():
        nonlocal turn
        env.step(actions[turn])
        turn = (turn + 1) % len(actions)
        return lanes

    name = f"envpool:{env_id}:{lanes}" + (f":{threads}" if threads > 1 else "")
    serve(name, "steps", {"envpool": version("envpool"), "numpy": version("numpy")}, step)


main(sys.argv[1], *map(int, sys.argv[2:]))
