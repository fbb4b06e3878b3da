"""More than one process: `pip install freeroam[ray]`.

```text
 Tuner ──► Trainable, Trainable, ..      many runs, each a trial: paused, restored and moved without a trace
 Collector, Collector, .. ──Batch──► a learner of any kind
      ▲                                  │
      └──────── weights, safetensors ◄───┘
```

Arrays that come out of Ray's object store are read-only. Everything in `freeroam` takes them; PyTorch warns of them,
and `Batch.copy` gives one that can be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import ray
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray
from ray import tune

from ._native import Learner
from .actor import Actor, StrPath, read_weights
from .errors import InputError
from .vector import VectorEnv

__all__ = ["Batch", "Collector", "Trainable", "batches"]

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]
Weights: TypeAlias = bytes | StrPath
"""The bytes of a `policy.safetensors`, or where one is: the file, a checkpoint, a run."""

Tasks: TypeAlias = Callable[[np.random.Generator, int], Floats]
"""Draws the tasks `[n, task]` of `n` episodes that begin."""


class Trainable(tune.Trainable):  # type: ignore[misc]
    """A run as a trial of Ray Tune: `Tuner(Trainable, param_space={"seed": tune.grid_search([0, 1])})`.

    `param_space` has the settings of `freeroam.train`. An iteration is what `train` writes as one record: `log_every`
    epochs, their mean metrics, those of an evaluation when one is due, and `env_steps` and `gradient_steps`. The trial
    is done when its `env_steps` are used up. One that is paused, stopped and restored, or moved to another machine goes
    on with the same bits, on the CPU.

    A checkpoint is a run folder: `freeroam.Run(result.checkpoint.path)` has its policy, evaluates it, or trains it on.
    It holds the replay too; `tune.CheckpointConfig(num_to_keep=1)` keeps the disk from filling.

    Threads are those of the setting `threads`, or as many as the trial was granted cores; unless `tune.with_resources`
    says otherwise a trial asks for the cores of its `threads`, or for one.
    """

    @classmethod
    def default_resource_request(cls, config: Mapping[str, Any]) -> Any:
        """One bundle with the cores of the trial."""
        return tune.PlacementGroupFactory([{"CPU": max(1, int(config.get("threads", 1)))}])

    def setup(self, config: Mapping[str, Any]) -> None:
        """Makes the learner."""
        self._learner = Learner({"threads": _granted()} | dict(config))
        self._settings = self._learner.config

    def step(self) -> dict[str, Any]:
        """Trains for `log_every` epochs, or to the end of the budget."""
        learner, settings = self._learner, self._settings
        # On a data set no world is stepped, and the budget is one of gradient steps.
        unit = "gradient_steps" if settings["data"] else "env_steps"
        before, budget, every = learner.progress[unit], settings[unit], settings["evaluate_every"]
        records: list[dict[str, float]] = []
        while len(records) < settings["log_every"] and learner.progress[unit] < budget:
            records.append(learner.step())
        progress = learner.progress
        done = progress[unit] >= budget
        metrics: dict[str, Any] = _means(records)
        if done or (every and progress[unit] // every > before // every):
            metrics |= learner.evaluate()
        return metrics | {name: progress[name] for name in ("env_steps", "gradient_steps")} | {"done": done}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Writes the whole state, as a run folder."""
        self._learner.save(checkpoint_dir)

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Goes on from what `save_checkpoint` wrote; settings such as a learning rate may differ from those there."""
        self._learner.load(checkpoint)

    def reset_config(self, new_config: Mapping[str, Any]) -> bool:
        """Starts over with other settings, for schedulers that reuse actors."""
        self.setup(new_config)
        return True


class Batch(NamedTuple):
    """Transitions of lanes that were stepped together, as arrays; time first.

    Row `t + 1` of a lane goes on from row `t`, or begins an episode where that one has ended.
    """

    observations: Floats
    """`[steps, lanes, observation]`, SI units."""
    actions: Floats
    """`[steps, lanes, action]`, in [-1, 1]."""
    rewards: Floats
    """`[steps, lanes]`."""
    next_observations: Floats
    """What the actions led to, ends of episodes included; `[steps, lanes, observation]`."""
    terminated: Flags
    """`[steps, lanes]`; no value follows from the next observation."""
    truncated: Flags
    """`[steps, lanes]`; the episode ended in any other way."""
    diverged: Flags
    """`[steps, lanes]`; the physics failed, and the row is not to be learned from."""
    tasks: Floats | None
    """Skills or goals that the actions were chosen for, `[steps, lanes, task]`; None without."""

    def copy(self) -> Batch:
        """Arrays of one's own, which can be written."""
        return Batch(*(None if column is None else column.copy() for column in self))  # type: ignore[arg-type]

    def flat(self) -> Batch:
        """Time and lanes as one axis, `[steps * lanes, ..]`, without the rows where the physics failed."""
        keep = ~self.diverged.reshape(-1)
        rows = (None if column is None else column.reshape(-1, *column.shape[2:])[keep] for column in self)
        return Batch(*rows)  # type: ignore[arg-type]


@ray.remote(num_cpus=1)
class Collector:
    """Lanes in an actor of Ray, stepped by a policy that a learner elsewhere improves.

    `Collector.options(num_cpus=4).remote("Ant-v0", 64, seed=0)` makes one; its lanes are stepped by as many threads as
    the actor was granted cores. Lane `i` has seed `seed + i`, so the seeds of collectors should lie `num_envs` apart.
    Until it is given weights it acts uniformly at random. Equal calls give equal batches.

    Args:
        world: Id of the world, one of `freeroam.ids()`.
        num_envs: Number of lanes.
        seed: Seed of the lanes, of exploration and of tasks.
        tasks: Draws a task for every episode, such as a skill, which the policy gets beside the observation; None where
            the policy takes the observation alone.
        explore: Whether actions are drawn from the policy, or are its mode.
        settings: What else `freeroam.VectorEnv` takes, but for `autoreset_mode` and `copy`.
    """

    def __init__(
        self,
        world: str,
        num_envs: int = 8,
        *,
        seed: int = 0,
        tasks: Tasks | None = None,
        explore: bool = True,
        **settings: Any,
    ) -> None:
        settings = {"threads": _granted()} | settings
        self._env = VectorEnv(world, num_envs, autoreset_mode=AutoresetMode.SAME_STEP, **settings)
        self._generator = np.random.default_rng(seed)
        self._draw_tasks = tasks
        self._explore = explore
        self._actor: Actor | None = None
        self._observations, _ = self._env.reset(seed=seed)
        self._tasks = None if tasks is None else np.array(tasks(self._generator, num_envs), np.float32)

    def collect(self, steps: int, weights: Weights | None = None) -> Batch:
        """Steps every lane `steps` times: exactly `steps * num_envs` transitions.

        From here on it acts with `weights`, or, without, as before. Weights put into the object store once,
        `ray.put(weights)`, serve all collectors.
        """
        if steps < 1:
            raise InputError(f"steps is {steps}, expected at least 1")
        if weights is not None:
            self._actor = self._fitting(Actor(read_weights(weights)))
        batch = self._empty(steps)
        for step in range(steps):
            self._step(batch, step)
        return batch

    def _step(self, batch: Batch, step: int) -> None:
        """Steps all lanes into row `step`."""
        batch.observations[step] = self._observations
        batch.actions[step] = self._act()
        if batch.tasks is not None:
            batch.tasks[step] = self._tasks
        observations, rewards, terminated, truncated, info = self._env.step(batch.actions[step])
        batch.next_observations[step] = observations
        batch.rewards[step], batch.terminated[step], batch.truncated[step] = rewards, terminated, truncated
        if "final_obs" in info:
            ended = info["_final_obs"]
            batch.next_observations[step, ended] = np.stack(info["final_obs"][ended])
            batch.diverged[step] = info["final_info"].get("diverged", False)
            if self._tasks is not None and self._draw_tasks is not None:
                self._tasks[ended] = self._draw_tasks(self._generator, int(ended.sum()))
        self._observations = observations

    def _act(self) -> Floats:
        if self._actor is None:
            shape = self._env.num_envs, len(self._env.world.action_names)
            return self._generator.uniform(-1, 1, shape).astype(np.float32)
        if self._explore:
            return self._actor.draw(self._observations, self._tasks, self._generator)
        return self._actor.mode(self._observations, self._tasks)

    def _empty(self, steps: int) -> Batch:
        rows = steps, self._env.num_envs
        observation, action = len(self._env.world.observation_names), len(self._env.world.action_names)
        tasks = None if self._tasks is None else np.empty((*rows, self._tasks.shape[1]), np.float32)
        return Batch(
            observations=np.empty((*rows, observation), np.float32),
            actions=np.empty((*rows, action), np.float32),
            rewards=np.empty(rows, np.float32),
            next_observations=np.empty((*rows, observation), np.float32),
            terminated=np.empty(rows, np.bool_),
            truncated=np.empty(rows, np.bool_),
            diverged=np.zeros(rows, np.bool_),
            tasks=tasks,
        )

    def _fitting(self, actor: Actor) -> Actor:
        """Refuses a policy of another world."""
        got = actor.observation_dim, actor.skill_dim, actor.action_dim
        tasks = 0 if self._tasks is None else self._tasks.shape[1]
        world = self._env.world
        expected = len(world.observation_names), tasks, len(world.action_names)
        # The last channels of a world may be for measuring alone; a policy takes those before them.
        if got[1:] != expected[1:] or got[0] > expected[0]:
            raise InputError(
                f"the policy takes {got[0]} observations and {got[1]} tasks and gives {got[2]} actions, expected "
                f"{expected[0]}, {expected[1]} and {expected[2]} for {world.id}"
            )
        return actor


def batches(
    collectors: Sequence[Any], steps: int, rounds: int, weights: Callable[[], Weights | None]
) -> Iterator[Batch]:
    """Keeps collectors at work and gives their batches, `rounds` from each, in turn.

    While the caller learns from one batch, the others are collected. Before a batch is handed out its collector is sent
    on with what `weights()` gives then, so that weights are older by what was learned from at most `len(collectors)`
    batches. The order is fixed: the results do not depend on which collector is faster. A collector that has died
    raises `ray.exceptions.RayActorError`.

    Args:
        collectors: Handles of `Collector`s.
        steps: Steps of every lane in a batch.
        rounds: Batches from each collector.
        weights: The newest weights, or None to act as before.
    """
    put: tuple[Weights | None, Any] = None, None

    def request(collector: Any) -> Any:
        nonlocal put
        newest = weights()
        if newest is None or not isinstance(newest, bytes):
            return collector.collect.remote(steps, newest)
        if newest is not put[0]:
            put = newest, ray.put(newest)
        return collector.collect.remote(steps, put[1])

    pending = [request(collector) for collector in collectors]
    for turn in range(1, rounds + 1):
        for index, collector in enumerate(collectors):
            batch = ray.get(pending[index])
            if turn < rounds:
                pending[index] = request(collector)
            yield batch


def _granted() -> int:
    """Threads for the cores that Ray has granted to this process; at least one, and one outside of Ray's workers."""
    context = ray.get_runtime_context()
    grants = context.get_assigned_resources() if context.worker.mode == ray.WORKER_MODE else {}
    return max(1, int(grants.get("CPU", 1)))


def _means(records: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each metric over the records that have it."""
    keys = sorted({key for record in records for key in record})
    values = {key: [record[key] for record in records if key in record] for key in keys}
    return {key: sum(column) / len(column) for key, column in values.items()}
