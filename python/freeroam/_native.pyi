import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Lanes",
    "Policy",
    "Step",
    "__version__",
    "checkpoints",
    "evaluate",
    "ids",
    "interval",
    "iqm",
    "mean",
    "median",
    "metrics",
    "optimality_gap",
    "performance_profile",
    "probability_of_improvement",
    "train",
]

__version__: str

@final
class Step:
    """Results of one step, one row per lane. The arrays are new at every call."""

    @property
    def observation(self) -> NDArray[np.float32]:
        """`[lanes, observation]`; with same-step autoreset already the next episode's first where one ended."""
    @property
    def final_observation(self) -> NDArray[np.float32]:
        """`[lanes, observation]`, what the action led to."""
    @property
    def reward(self) -> NDArray[np.float32]:
        """`[lanes]`."""
    @property
    def terminated(self) -> NDArray[np.bool_]:
        """`[lanes]`, the episode ended by the task's own rule."""
    @property
    def truncated(self) -> NDArray[np.bool_]:
        """`[lanes]`, the episode was cut by the horizon or by diverged physics."""
    @property
    def diverged(self) -> NDArray[np.bool_]:
        """`[lanes]`, do not learn from this row."""
    @property
    def reset(self) -> NDArray[np.bool_]:
        """`[lanes]`, this row is a reset and not the result of an action."""

def ids() -> list[str]:
    """The ids of all worlds."""

@final
class Lanes:
    """Many copies of a world, stepped together; the same bits for any number of threads."""

    def __new__(
        cls,
        id: str,
        lanes: int = 1,
        threads: int = 1,
        seed: int = 0,
        horizon: int | None = None,
        autoreset: Literal["next_step", "same_step", "disabled"] = "next_step",
    ) -> Lanes: ...
    @property
    def id(self) -> str: ...
    @property
    def observation_names(self) -> list[str]: ...
    @property
    def action_names(self) -> list[str]: ...
    @property
    def dt(self) -> float:
        """Simulated seconds per step."""
    @property
    def horizon(self) -> int:
        """Steps until an episode is truncated."""
    def __len__(self) -> int: ...
    def reset(self, mask: ArrayLike | None = None) -> NDArray[np.float32]:
        """Starts an episode in every lane, or where `mask` (`[lanes]`, bool) is true; observations of all lanes."""
    def step(self, actions: ArrayLike) -> Step:
        """Steps all lanes; `actions` is `[lanes, action]`, in [-1, 1]. Other threads of Python run meanwhile."""

@final
class Policy:
    """What acts in a run, and the geometry of its skills.

    Arrays have one row per case, `[B, ..]`, or are a single row without its own axis; results have the same form. A single
    skill or goal serves for all rows. Wrong shapes and numbers that are not finite raise `InputError`.
    """

    def __new__(
        cls,
        run: str | os.PathLike[str],
        checkpoint: str | os.PathLike[str] | None = None,
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
        """Actions in [-1, 1], `[B, action]`, for observations in SI units, `[B, observation]`, and skills, `[B, skill]`.

        The mode of the policy, or draws from it as in exploration: with the stream of `seed`, or with the policy's own,
        which starts from the run's seed and goes on from call to call. The agent `uniform` has no mode and always draws.
        """
    def sample_skills(self, n: int, seed: int | None = None) -> NDArray[np.float32]:
        """`n` skills drawn from the prior, `[n, skill]`; `seed` as in `act`."""
    def towards(self, obs: ArrayLike, goal: ArrayLike) -> NDArray[np.float32]:
        """The skills that lead from observations to goals, `[B, observation]` each: `[B, skill]`.

        Zero-shot, by the direction in latent space; METRA asks again at every step. `InputError` where the objective has none.
        """
    def embed(self, obs: ArrayLike) -> NDArray[np.float32]:
        """Where observations lie in latent space, `[B, latent]`; `InputError` where the objective has none."""

def train(
    config: Mapping[str, object] | str | os.PathLike[str] | None,
    settings: dict[str, object],
    out: str | os.PathLike[str] | None,
    resume: str | os.PathLike[str] | None,
    callback: Callable[[dict[str, int], dict[str, float]], bool | None] | None,
    progress: bool,
) -> Path: ...
def checkpoints(run: str | os.PathLike[str]) -> list[Path]: ...
def metrics(run: str | os.PathLike[str]) -> dict[str, NDArray[np.float64]]: ...
def evaluate(run: str | os.PathLike[str], settings: dict[str, object]) -> None: ...
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
