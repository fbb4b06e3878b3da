from typing import Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__version__: str

class FreeroamError(ValueError):
    """A value that freeroam cannot use; the message names it and what was expected."""

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
