"""RLlib's PPO on lanes in env runners: `pip install freeroam[rllib]`.

python python/examples/rllib_ppo.py --env Ant-v0 --runners 2 --lanes 32 --iterations 100
"""

from __future__ import annotations

import argparse

from ray.rllib.algorithms.ppo import PPOConfig

import freeroam.rllib


def main(env: str, runners: int, lanes: int, iterations: int, batch: int, seed: int = 0) -> list[dict[str, float]]:
    """Trains; lengths and mean returns of the episodes of each iteration."""
    config = freeroam.rllib.configure(PPOConfig(), env, runners=runners, lanes=lanes)
    config.training(train_batch_size_per_learner=batch, minibatch_size=min(batch, 256), num_epochs=10, lr=3e-4)
    config.debugging(seed=seed)
    algorithm = config.build_algo()
    history = []
    try:
        for iteration in range(1, iterations + 1):
            result = algorithm.train()["env_runners"]
            names = ("num_env_steps_sampled_lifetime", "episode_return_mean", "episode_len_min", "episode_len_max")
            history.append({name: float(result[name]) for name in names})
            print(f"iteration {iteration}: {history[-1]}", flush=True)
    finally:
        algorithm.stop()
    return history


if __name__ == "__main__":
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--env", default="Ant-v0", help="world")
    parser.add_argument("--runners", type=int, default=0, help="processes that step lanes; 0 for none but this one")
    parser.add_argument("--lanes", type=int, default=32, help="lanes of each runner")
    parser.add_argument("--iterations", type=int, default=100, help="batches to learn from")
    parser.add_argument("--batch", type=int, default=6400, help="environment steps of a batch")
    main(**vars(parser.parse_args()))
