"""Environment steps of one Gymnasium environment: gymnasium_env.py ID."""

import sys
from importlib.metadata import version

import gymnasium
import numpy as np

from windows import serve


def main(env_id):
    env = gymnasium.make(env_id)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (64, *env.action_space.shape)).astype(np.float32)

    def step():
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return len(actions)

    versions = {name: version(name) for name in ("gymnasium", "mujoco", "numpy")}
    serve(f"gymnasium:{env_id}", "steps", versions, step)


main(sys.argv[1])
