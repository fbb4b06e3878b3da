"""Many lanes as a Gymnasium vector environment."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, ClassVar, Literal, Self, TypeAlias

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import ArrayLike, NDArray

from ._native import Lanes, World
from .env import UNLIMITED, Goals, checked_render_mode
from .options import renders_goal, tasks
from .spaces import action_space, observation_space
from .state import State, pack, unpack

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]
Stepped: TypeAlias = tuple[Floats, Floats, Flags, Flags, dict[str, Any]]
Seed: TypeAlias = int | Sequence[int | None] | None

_NATIVE_NAMES: dict[AutoresetMode, Literal["next_step", "same_step", "disabled"]] = {
    AutoresetMode.NEXT_STEP: "next_step",
    AutoresetMode.SAME_STEP: "same_step",
    AutoresetMode.DISABLED: "disabled",
}
