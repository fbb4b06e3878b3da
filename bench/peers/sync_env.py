"""Environment steps of Gymnasium's loop over single environments: sync_env.py ID LANES."""

import sys
from importlib.metadata import version

import gymnasium
import numpy as np

from windows import serve


def main(env_id, lanes):
    env = gymnasium.make_vec(env_id, num_envs=lanes, vectorization_mode="sync")
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (64, *env.action_space.shape)).astype(np.float32)
    turn = 0

    def step():
        nonlocal turn
        env.step(actions[turn])
        turn = (turn + 1) % len(actions)
        return lanes

    versions = {name: version(name) for name in ("gymnasium", "mujoco", "numpy")}
    serve(f"gymnasium:SyncVectorEnv:{env_id}:{lanes}", "steps", versions, step)


main(sys.argv[1], int(sys.argv[2]))
