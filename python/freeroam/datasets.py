"""Data sets: rollouts and replays, and the files of OGBench, Minari and ExORL.

Nothing here needs the packages of these formats.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.spaces import Box

from . import _native
from ._native import world
from .collect import Policy, collect
from .dataset import Dataset, Episode, Transitions
from .errors import InputError
from .spaces import action_space, observation_space

__all__ = [
    "Dataset",
    "Episode",
    "Policy",
    "Transitions",
    "collect",
    "from_run",
    "load_exorl",
    "load_minari",
    "load_ogbench",
    "save_minari",
    "save_ogbench",
    "validation_path",
]


def from_run(path: str | os.PathLike[str]) -> Dataset:
    """The replay of the newest checkpoint of the run in the folder `path`; the run may be going on.

    The episodes are those that the replay still has, lane by lane, oldest first; skills are the extra column `tasks`.
    Where a lane's replay was full, its first episode lacks its first transitions. The last one of each lane is
    truncated where the checkpoint was made.
    """
    columns, id = _native.read_run(path)
    return Dataset(*columns, world=id)


def save_ogbench(
    dataset: Dataset,
    path: str | os.PathLike[str],
    *,
    validation: Dataset | None = None,
    compress: bool = True,
) -> None:
    """Writes an npz that `ogbench.load_dataset` and `ogbench.make_env_and_datasets(dataset_path=path)` read; nothing
    but `world` is lost.

    Rewards, flags and extras go into arrays that OGBench does not look at, but for the extras `qpos`, `qvel` and
    `button_states`, which it knows.

    Args:
        dataset: What to write.
        path: Where to; ends in `.npz`.
        validation: What to write beside it for validation, into `validation_path(path)`.
        compress: Whether to compress, as `numpy.savez_compressed` does.
    """
    _check_npz(path)
    _native.write_ogbench(dataset.columns(), path, compress)
    if validation is not None:
        _native.write_ogbench(validation.columns(), validation_path(path), compress)


def load_ogbench(path: str | os.PathLike[str]) -> Dataset:
    """Reads an npz of OGBench, compressed or not.

    Every array becomes a column. `masks`, where there are any, become `terminated`; `terminals` only say where episodes
    end. Numbers that are not float32 are rounded to it.
    """
    return Dataset(*_native.read_ogbench(path))


def validation_path(path: str | os.PathLike[str]) -> Path:
    """Where OGBench looks for the validation data that belongs to `path`: `NAME-val.npz` for `NAME.npz`."""
    _check_npz(path)
    return _native.ogbench_validation_path(path)


def load_exorl(path: str | os.PathLike[str]) -> Dataset:
    """Reads an episode of ExORL or URLB, or a folder of them in the order of their names.

    Actions and rewards move up by one row, to the observation that they follow on. Where `discount` is 0, an episode
    terminated. Other arrays, such as `physics` or `skill`, become extras. Numbers that are not float32 are rounded to
    it.
    """
    return Dataset(*_native.read_exorl(path))


def save_minari(
    dataset: Dataset,
    dataset_id: str,
    *,
    root: str | os.PathLike[str] | None = None,
    description: str | None = None,
    author: str | Sequence[str] = (),
    author_email: str | Sequence[str] = (),
    algorithm_name: str | None = None,
    code_permalink: str | None = None,
    requirements: Sequence[str] = (),
) -> Path:
    """Writes Parquet files that `minari.load_dataset(dataset_id)` reads (needs `minari[arrow]` and `pillow`); their
    folder.

    Spaces and environment are those of `dataset.world`; where that is None, the spaces are unbounded and Minari cannot
    make the environment. Rewards are 0 where there are none; extras become `infos`. An existing data set is not
    overwritten.

    Args:
        dataset: What to write; every episode has between 1 and 131071 transitions.
        dataset_id: `NAMESPACE/NAME-v0`; the namespace may have parts, or be absent.
        root: Where Minari's data sets are; None for what `MINARI_DATASETS_PATH` says, else `~/.minari/datasets`.
        description: What the data is.
        author: Who made it.
        author_email: How to reach them.
        algorithm_name: What acted.
        code_permalink: Where the code is.
        requirements: What pip has to install for the environment.
    """
    known = None if dataset.world is None else world(dataset.world)
    return _native.write_minari(
        dataset.columns(),
        _minari_root(root),
        dataset_id,
        observation_space=None if known is None else _bounds(observation_space(known)),
        action_space=None if known is None else _bounds(action_space(known)),
        env_spec=None if known is None else gymnasium.spec(f"freeroam/{known.id}").to_json(),
        author=_each(author),
        author_email=_each(author_email),
        algorithm_name=algorithm_name,
        code_permalink=code_permalink,
        description=description,
        requirements=list(requirements),
    )


def load_minari(dataset_id: str, *, root: str | os.PathLike[str] | None = None) -> Dataset:
    """Reads a data set of Minari that is stored as Parquet or Arrow files.

    Observations and actions are flattened; of a `Dict` space, `observation` becomes the observations and the other keys
    extras. `infos` of numbers become extras too, other infos are left out. Numbers that are not float32 are rounded to
    it.
    """
    return Dataset(*_native.read_minari(_minari_root(root), dataset_id))


def _check_npz(path: str | os.PathLike[str]) -> None:
    if Path(path).suffix != ".npz":
        raise InputError(f"path is {os.fspath(path)!r}, expected a name that ends in .npz")


def _minari_root(root: str | os.PathLike[str] | None) -> Path:
    if root is not None:
        return Path(root)
    return Path(os.environ.get("MINARI_DATASETS_PATH") or Path.home() / ".minari" / "datasets")


def _bounds(space: Box[Any]) -> tuple[list[float], list[float]]:
    return space.low.tolist(), space.high.tolist()


def _each(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
