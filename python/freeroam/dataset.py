"""Trajectories in columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]
Columns: TypeAlias = tuple[Floats, Floats, Floats | None, Flags, Flags, NDArray[np.int64], dict[str, Floats]]
"""The columns of a data set, in the order of its fields."""


class Episode(NamedTuple):
    """An episode of `n` transitions."""

    observations: Floats
    """`[n + 1, observation]`: the last is what the last action led to."""
    actions: Floats
    """`[n, action]`."""
    rewards: Floats | None
    """`[n]`, None where the source has none."""
    terminated: Flags
    """`[n]`, the transition ended the episode by the task's own rule."""
    truncated: Flags
    """`[n]`, the transition ended the episode in any other way."""
    extras: Mapping[str, Floats] = MappingProxyType({})
    """Further columns `[n + 1, ..]`, beside the observations."""


class Transitions(NamedTuple):
    """All transitions of a data set; `n` of them."""

    observations: Floats
    """`[n, observation]`."""
    actions: Floats
    """`[n, action]`."""
    rewards: Floats | None
    """`[n]`, None where the source has none."""
    next_observations: Floats
    """`[n, observation]`."""
    terminated: Flags
    """`[n]`: where true, no value follows from `next_observations`."""
    truncated: Flags
    """`[n]`."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Trajectories in columns, episode after episode.

    An episode of `n` transitions has `n + 1` rows. Row `t` has an observation, the action done there, and the reward
    and the flags of what that led to, which is the observation of row `t + 1`. In the last row of an episode only the
    observation and the extras mean something; the rest is whatever the source has there.

    Arrays are taken as they are where they are float32 (flags: bool, starts: int64) and in C order, else copied to
    that.

    Args:
        observations: `[rows, observation]`.
        actions: `[rows, action]`.
        rewards: `[rows]`; None where the source has none.
        terminated: `[rows]`, the transition ended its episode by the task's own rule.
        truncated: `[rows]`, the transition ended its episode in any other way, be it that the recording stopped.
        starts: First row of each episode: 0, then ascending.
        extras: Further columns `[rows, ..]` by name, such as `qpos`, `qvel`, or `tasks` for the skills or goals acted
            under.
        world: Id of the freeroam world that the data is of, if it is known.
    """

    observations: Floats
    actions: Floats
    rewards: Floats | None
    terminated: Flags
    truncated: Flags
    starts: NDArray[np.int64]
    extras: Mapping[str, Floats] = field(default_factory=dict)
    world: str | None = None

    def __post_init__(self) -> None:
        rows = len(np.atleast_1d(np.asarray(self.observations)))

        def column(name: str, value: ArrayLike, dtype: type[Any], *, matrix: bool = False) -> NDArray[Any]:
            array = np.ascontiguousarray(value, dtype)
            fits = array.ndim == 2 and array.shape[1] > 0 if matrix else array.ndim == 1
            if not fits or len(array) != rows:
                shape = f"({rows}, n), n at least 1" if matrix else f"({rows},)"
                raise InputError(f"column `{name}` has shape {array.shape}, expected {shape}")
            return array

        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("observations", column("observations", self.observations, np.float32, matrix=True))
        put("actions", column("actions", self.actions, np.float32, matrix=True))
        if self.rewards is not None:
            put("rewards", column("rewards", self.rewards, np.float32))
        put("terminated", column("terminated", self.terminated, np.bool_))
        put("truncated", column("truncated", self.truncated, np.bool_))
        extras = {name: column(name, value, np.float32, matrix=True) for name, value in self.extras.items()}
        put("extras", extras)
        starts = np.ascontiguousarray(self.starts, np.int64)
        edges = np.append(starts, rows)
        if starts.ndim != 1 or edges[0] != 0 or (np.diff(edges) <= 0).any():
            raise InputError(f"starts are {starts}, expected 0, then ascending rows below {rows}")
        put("starts", starts)

    @classmethod
    def from_episodes(cls, episodes: Iterable[Episode], world: str | None = None) -> Dataset:
        """A data set of episodes, which all have rewards or all have none, and the same extras."""
        every = [Episode(*episode) for episode in episodes]
        if not every:
            raise InputError("there is no episode, expected at least one")
        if len({(episode.rewards is None, *sorted(episode.extras)) for episode in every}) > 1:
            raise InputError("some episodes have rewards or extras that others lack, expected the same of all")

        def padded(columns: Iterable[ArrayLike], dtype: type[Any]) -> NDArray[Any]:
            pieces = []
            for one, episode in zip(columns, every, strict=True):
                column = np.asarray(one, dtype)
                if len(column) + 1 != len(episode.observations):
                    raise InputError(
                        f"an episode has {len(episode.observations)} observations and a column of {len(column)} rows, "
                        "expected one row less, since the last observation has no action"
                    )
                pieces += [column, np.zeros((1, *column.shape[1:]), dtype)]
            return np.concatenate(pieces)

        lengths = [len(episode.observations) for episode in every]
        return cls(
            observations=np.concatenate([np.asarray(episode.observations, np.float32) for episode in every]),
            actions=padded((episode.actions for episode in every), np.float32),
            rewards=None
            if every[0].rewards is None
            else padded((episode.rewards for episode in every if episode.rewards is not None), np.float32),
            terminated=padded((episode.terminated for episode in every), np.bool_),
            truncated=padded((episode.truncated for episode in every), np.bool_),
            starts=np.cumsum([0, *lengths[:-1]]),
            extras={
                name: np.concatenate([np.asarray(episode.extras[name], np.float32) for episode in every])
                for name in every[0].extras
            },
            world=world,
        )

    def __len__(self) -> int:
        """Number of episodes."""
        return len(self.starts)

    def __getitem__(self, index: int) -> Episode:
        """An episode, as views into the columns."""
        at = range(len(self))[index]
        stop = self.starts[at + 1] if at + 1 < len(self) else len(self.observations)
        rows = slice(self.starts[at], stop)
        acted = slice(rows.start, rows.stop - 1)
        rewards = None if self.rewards is None else self.rewards[acted]
        extras = {name: column[rows] for name, column in self.extras.items()}
        return Episode(
            self.observations[rows],
            self.actions[acted],
            rewards,
            self.terminated[acted],
            self.truncated[acted],
            extras,
        )

    def __iter__(self) -> Iterator[Episode]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        observation, action = self.observations.shape[1], self.actions.shape[1]
        extras = "".join(f", {name} [{column.shape[1]}]" for name, column in self.extras.items())
        rewards = "" if self.rewards is None else ", rewards"
        return (
            f"Dataset({len(self)} episodes, {self.num_transitions} transitions: "
            f"observations [{observation}], actions [{action}]{rewards}{extras})"
        )

    @property
    def slices(self) -> list[slice]:
        """The rows of each episode, that of its last observation included."""
        edges = np.append(self.starts, len(self.observations)).tolist()
        return [slice(start, stop) for start, stop in pairwise(edges)]

    @property
    def num_transitions(self) -> int:
        """Number of transitions of all episodes."""
        return len(self.observations) - len(self)

    @property
    def acted(self) -> Flags:
        """Whether a row is a transition and not the last observation of its episode; bool `[rows]`."""
        acted = np.ones(len(self.observations), np.bool_)
        acted[self.starts[1:] - 1] = False
        acted[-1:] = False
        return acted

    def transitions(self) -> Transitions:
        """All transitions with their next observations, as copies."""
        at = np.flatnonzero(self.acted)
        return Transitions(
            self.observations[at],
            self.actions[at],
            None if self.rewards is None else self.rewards[at],
            self.observations[at + 1],
            self.terminated[at],
            self.truncated[at],
        )

    def select(self, episodes: Sequence[int] | slice) -> Dataset:
        """A data set of some of the episodes, in the order given, as copies."""
        every = self.slices
        chosen = every[episodes] if isinstance(episodes, slice) else [every[index] for index in episodes]
        at = np.concatenate([np.arange(rows.start, rows.stop) for rows in chosen] or [np.arange(0)])
        lengths = [rows.stop - rows.start for rows in chosen]
        return Dataset(
            self.observations[at],
            self.actions[at],
            None if self.rewards is None else self.rewards[at],
            self.terminated[at],
            self.truncated[at],
            np.cumsum([0, *lengths[:-1]]) if lengths else np.zeros(0, np.int64),
            {name: column[at] for name, column in self.extras.items()},
            self.world,
        )

    def columns(self) -> Columns:
        """The columns, in the order of the fields."""
        return (
            self.observations,
            self.actions,
            self.rewards,
            self.terminated,
            self.truncated,
            self.starts,
            dict(self.extras),
        )
