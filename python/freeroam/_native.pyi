from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Lanes",
    "Learner",
    "Policy",
    "Recorder",
    "Words",
    "World",
    "__version__",
    "checkpoints",
    "evaluate",
    "ids",
    "interval",
    "iqm",
    "mean",
    "median",
    "metrics",
    "ogbench_validation_path",
    "optimality_gap",
    "performance_profile",
    "probability_of_improvement",
    "read_exorl",
    "read_minari",
    "read_ogbench",
    "read_run",
    "train",
    "world",
    "write_minari",
    "write_ogbench",
]

__version__: str

# Observations, actions, rewards, terminated, truncated, starts, extras: the fields of `freeroam.datasets.Dataset`.
_Columns: TypeAlias = tuple[
    NDArray[np.float32],
    NDArray[np.float32],
    NDArray[np.float32] | None,
    NDArray[np.bool_],
    NDArray[np.bool_],
    NDArray[np.int64],
    dict[str, NDArray[np.float32]],
]

def ids() -> list[str]:
    """The ids of all worlds."""

def world(id: str) -> World:
    """The world registered as `id`, as it looks from outside."""

def read_ogbench(path: str | PathLike[str]) -> _Columns:
    """Reads an npz of OGBench."""

def write_ogbench(columns: _Columns, path: str | PathLike[str], compress: bool) -> None:
    """Writes an npz of OGBench."""

def ogbench_validation_path(path: str | PathLike[str]) -> Path:
    """Where OGBench looks for the validation data beside `path`."""

def read_exorl(path: str | PathLike[str]) -> _Columns:
    """Reads an episode of ExORL, or a folder of them."""

def read_minari(root: str | PathLike[str], id: str) -> _Columns:
    """Reads the data set of Minari called `id` below `root`."""

def write_minari(
    columns: _Columns,
    root: str | PathLike[str],
    id: str,
    observation_space: tuple[Sequence[float], Sequence[float]] | None,
    action_space: tuple[Sequence[float], Sequence[float]] | None,
    env_spec: str | None,
    author: Sequence[str],
    author_email: Sequence[str],
    algorithm_name: str | None,
    code_permalink: str | None,
    description: str | None,
    requirements: Sequence[str],
) -> Path:
    """Writes a data set of Minari called `id` below `root`; its folder. Spaces are least and greatest numbers."""

def read_run(run: str | PathLike[str]) -> tuple[_Columns, str | None]:
    """The replay of the newest checkpoint of a run, and the id of the run's world."""

@final
class Recorder:
    """Keeps every step of some lanes."""

    def __new__(cls, lanes: int, observation: int, action: int, task: int = 0) -> Recorder: ...
    def push(
        self,
        observation: NDArray[np.float32],
        action: NDArray[np.float32],
        task: NDArray[np.float32] | None,
        reward: NDArray[np.float32],
        terminated: NDArray[np.bool_],
        truncated: NDArray[np.bool_],
        next_observation: NDArray[np.float32],
        skip: NDArray[np.bool_],
    ) -> None:
        """Keeps one step of all lanes, but for those where `skip` is true."""
    def finish(self) -> _Columns:
        """What was kept. The recorder is of no further use."""

@final
class World:
    """A world as it looks from outside: names, units, sizes."""

    @property
    def id(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def observation_names(self) -> list[str]: ...
    @property
    def observation_units(self) -> list[str]:
        """SI units, `""` for numbers without one."""
    @property
    def action_names(self) -> list[str]: ...
    @property
    def dt(self) -> float:
        """Simulated seconds per step."""
    @property
    def horizon(self) -> int:
        """Steps until an episode is truncated, unless the lanes are told otherwise."""
    @property
    def position(self) -> tuple[int, ...]:
        """Places of x and y (metres) in the observation."""
    @property
    def goal_radius(self) -> float:
        """Distance at which a goal counts as reached, metres."""
    @property
    def tasks(self) -> int:
        """Number of evaluation tasks; 0 on open ground."""
    def reached(self, places: ArrayLike, goals: ArrayLike) -> NDArray[np.bool_]:
        """Whether bodies at `places` have reached `goals`; `[.., 2]` each, x and y in metres; gives `[..]`."""

@final
class Words:
    """Short English about the states and goals of a world, drawn from a stream of its own.

    A place is x and y in metres. A split is `"all"`, `"train"` for sentences without a combination of facts that is
    held out, or `"held_out"` for those with one. Sentences that make no sense in the world raise an `InputError` that
    names the word.

    Args:
        world: Id of the world, one of `freeroam.ids()`.
        seed: Seed of the choice of facts and of words.
    """

    def __new__(cls, world: str, seed: int = 0) -> Words: ...
    def describe(
        self,
        observation: ArrayLike,
        goal: ArrayLike | None = None,
        *,
        split: Literal["all", "train", "held_out"] = "all",
    ) -> str | None:
        """A sentence that is true of an observation, and of a goal `[2]` where there is one; None where the observation
        holds no combination of the split."""
    def ask(self, observation: ArrayLike) -> str | None:
        """A sentence that asks for the place of an observation; None where it shows no place."""
    def instruct(self, start: ArrayLike, *, split: Literal["all", "train", "held_out"] = "all") -> str | None:
        """A sentence that says where to go from a place `[2]`; None where the split has no way from there."""
    def satisfies(self, sentence: str, observation: ArrayLike) -> bool:
        """Whether a sentence holds in an observation."""
    def goal_of(self, sentence: str) -> NDArray[np.float64]:
        """The place `[2]` in the middle of what a sentence says."""
    def follow(self, sentence: str, start: ArrayLike) -> NDArray[np.float64]:
        """Where an instruction leads from a place, both `[2]`."""
    def similarity(self, first: str, second: str) -> float:
        """How alike the meanings of two sentences are, 0 to 1."""
    @property
    def vocabulary(self) -> list[str]:
        """All words."""
    def pairs(self, count: int, *, split: Literal["all", "train", "held_out"] = "all") -> list[tuple[str, str, float]]:
        """Pairs of sentences with how alike their meanings are, made so that common words say little of it."""

@final
class Lanes:
    """Many copies of a world, stepped together; the same bits for any number of threads.

    `VectorEnv` and `Env` are made of it. It needs no more of Gymnasium than its exceptions.
    """

    def __new__(
        cls,
        id: str,
        lanes: int = 1,
        threads: int | None = None,
        batch: int | None = None,
        horizon: int | None = None,
        autoreset: Literal["next_step", "same_step", "disabled"] = "next_step",
        goals: Literal["tasks", "anywhere"] | None = None,
        terminate_at_goal: bool = True,
        seed: int = 0,
    ) -> Lanes: ...
    @property
    def world(self) -> World: ...
    @property
    def horizon(self) -> int:
        """Steps until an episode is truncated."""
    @property
    def batch(self) -> int:
        """Lanes of the groups that `send` and `recv` move."""
    def __len__(self) -> int: ...
    def reset(
        self,
        seed: int | Sequence[int | None] | None = None,
        mask: NDArray[np.bool_] | None = None,
        task: Sequence[int | None] | None = None,
        out: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]] | None = None,
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Starts an episode in every lane, or where `mask` (`[lanes]`) is true; observations of all lanes, and `info`.

        A seed `s` is `s + i` for lane `i`. Tasks count from 0. `out` is as for `step`.
        """
    def step(
        self,
        actions: ArrayLike,
        out: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Steps all lanes: observations `[lanes, observation]`, rewards, terminated, truncated `[lanes]`, and `info`.

        `actions` is `[lanes, action]`, in [-1, 1]; float32 in C order is read in place. The first four results are new
        arrays or, with `out`, those: writable, in C order, of these shapes, float32, float32, bool and bool.
        """
    def reset_one(
        self, seed: int | None = None, task: Sequence[int | None] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """As `reset` for a single lane, without the axis of lanes."""
    def step_one(self, action: ArrayLike) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """As `step` for a single lane, without the axis of lanes."""
    def async_reset(
        self, seed: int | Sequence[int | None] | None = None, task: Sequence[int | None] | None = None
    ) -> None:
        """Starts to reset all groups in the background; `recv` gives the results."""
    def send(self, actions: ArrayLike, env_id: ArrayLike | None = None) -> None:
        """Starts to step the group of lanes `env_id` in the background; `recv` gives the results."""
    def recv(
        self,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Waits for the group that was sent first; `info["env_id"]` are its lanes."""
    def teleport(self, lane: int, x: float, y: float) -> None:
        """Moves the body of one running lane to (x, y), metres, at rest."""
    def check_camera(self, view: str, width: int, height: int) -> None:
        """Refuses cameras that cannot be."""
    def render(self, view: str, width: int, height: int, at_goals: bool = False) -> NDArray[np.uint8]:
        """Pictures of all lanes, `[lanes, height, width, 3]`, goals marked; with `at_goals`, bodies at their goals.

        `view` is `"tracking"`, `"above"` or `"whole"`.
        """
    def save(self) -> bytes:
        """The exact state of all lanes, random streams included."""
    def load(self, state: bytes) -> None:
        """Restores what `save` gave."""
    def close(self) -> None:
        """Ends the threads and frees the lanes. Closing again has no effect."""
    def __reduce__(self) -> tuple[Any, ...]: ...
    def __setstate__(self, state: bytes) -> None: ...

@final
class Policy:
    """What acts in a run, and the geometry of its skills.

    Arrays have one row per case, `[B, ..]`, or are a single row without its own axis; results have the same form. A
    single skill or goal serves for all rows. Wrong shapes and numbers that are not finite raise `InputError`.
    """

    def __new__(
        cls,
        run: str | PathLike[str],
        checkpoint: str | PathLike[str] | None = None,
        *,
        device: str | None = None,
    ) -> Policy:
        """Of the run in the folder `run`, see `Run.policy`. Neither replay nor physics is read."""
    @property
    def observation_dim(self) -> int: ...
    @property
    def skill_dim(self) -> int:
        """0 where the policy has no skills."""
    @property
    def action_dim(self) -> int: ...
    @property
    def weights(self) -> Path:
        """The file `policy.safetensors`: weights in PyTorch's layout and the scales of the observation."""
    def act(
        self,
        obs: ArrayLike,
        skill: ArrayLike | None = None,
        *,
        deterministic: bool = True,
        seed: int | None = None,
    ) -> NDArray[np.float32]:
        """Actions in [-1, 1], `[B, action]`, for observations in SI units, `[B, observation]`, and skills, `[B,
        skill]`.

        The mode of the policy, or draws from it as in exploration: with the stream of `seed`, or with the policy's own,
        which starts from the run's seed and goes on from call to call. The agent `uniform` has no mode and always
        draws.
        """
    def sample_skills(self, n: int, seed: int | None = None) -> NDArray[np.float32]:
        """`n` skills drawn from the prior, `[n, skill]`; `seed` as in `act`."""
    def towards(self, obs: ArrayLike, goal: ArrayLike) -> NDArray[np.float32]:
        """The skills that lead from observations to goals, `[B, observation]` each: `[B, skill]`.

        Zero-shot, by the direction in latent space; METRA asks again at every step. `InputError` where the objective
        has none.
        """
    def embed(self, obs: ArrayLike) -> NDArray[np.float32]:
        """Where observations lie in latent space, `[B, latent]`; `InputError` where the objective has none."""

@final
class Learner:
    """A training in the hands of the caller: what `train` does, epoch by epoch, without a folder until it is saved.

    One that loads what another, made alike, has saved goes on with the same bits, on the CPU.
    """

    def __new__(cls, config: Mapping[str, object] | str | PathLike[str] | None = None, **settings: object) -> Learner:
        """A fresh one; settings as for `train`."""
    @property
    def config(self) -> dict[str, Any]:
        """The resolved settings, nested."""
    @property
    def progress(self) -> dict[str, int]:
        """How far it has come: `step` (epochs), `env_steps`, `gradient_steps`."""
    def step(self) -> dict[str, float]:
        """One epoch: every lane collects, then the gradient steps that are due. Its metrics."""
    def evaluate(self) -> dict[str, float]:
        """The metrics under `evaluate/`; changes nothing that later steps compute."""
    def save(self, folder: str | PathLike[str]) -> None:
        """Writes the whole state as a run folder with one checkpoint: `freeroam.Run(folder)` reads it.

        `SettingsError` where `folder` exists and is not empty.
        """
    def load(self, folder: str | PathLike[str]) -> None:
        """Restores the newest checkpoint of the run in `folder`.

        The settings stay those that this learner was made with, so that a learning rate may change there. `RunError`,
        and no change, where the checkpoint is damaged or of another shape.
        """

def train(
    config: Mapping[str, object] | str | PathLike[str] | None,
    settings: dict[str, object],
    out: str | PathLike[str] | None,
    resume: str | PathLike[str] | None,
    init: str | PathLike[str] | None,
    callback: Callable[[dict[str, int], dict[str, float]], bool | None] | None,
    progress: bool,
) -> Path: ...
def checkpoints(run: str | PathLike[str]) -> list[Path]: ...
def metrics(run: str | PathLike[str]) -> dict[str, NDArray[np.float64]]: ...
def evaluate(run: str | PathLike[str], settings: dict[str, object]) -> Path: ...
def iqm(scores: ArrayLike) -> float: ...
def mean(scores: ArrayLike) -> float: ...
def median(scores: ArrayLike) -> float: ...
def optimality_gap(scores: ArrayLike, target: float) -> float: ...
def probability_of_improvement(x: ArrayLike, y: ArrayLike) -> float: ...
def performance_profile(scores: ArrayLike, thresholds: ArrayLike) -> NDArray[np.float64]: ...
def interval(
    scores: ArrayLike,
    statistic: str,
    confidence: float,
    samples: int,
    seed: int,
    other: ArrayLike | None,
    target: float,
) -> tuple[float, float, float]: ...
