"""Training, and the folders that it makes."""

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._native import Policy
from .errors import SettingsError

__all__ = ["Callback", "Run", "train"]

StrPath = str | os.PathLike[str]

Callback = Callable[[dict[str, int], dict[str, float]], bool | None]
"""Called with `step`, `env_steps` and `gradient_steps`, and the metrics of a record; False stops the training."""


class Run:
    """The folder of one training; it may still be going on. Serves as a path wherever one is expected."""

    def __init__(self, path: StrPath) -> None:
        """The run in the folder `path`; `SettingsError` where there is none."""
        self._path = Path(path)
        if not (self._path / "config.toml").is_file():
            raise SettingsError(f"{self._path} is no run folder: it has no config.toml")

    def __fspath__(self) -> str:
        return os.fspath(self._path)

    def __repr__(self) -> str:
        return f"Run({os.fspath(self._path)!r})"

    @property
    def path(self) -> Path:
        """The folder."""
        return self._path

    @property
    def config(self) -> dict[str, Any]:
        """The resolved settings, nested: every key, as `train` takes them."""
        return tomllib.loads((self._path / "config.toml").read_text(encoding="utf-8"))

    @property
    def manifest(self) -> dict[str, Any]:
        """Seed, versions, and each process that worked on the run."""
        return _read_json(self._path / "manifest.json")

    @property
    def report(self) -> dict[str, Any] | None:
        """What was measured at the end, or by the last `evaluate`; None before."""
        path = self._path / "report.json"
        return _read_json(path) if path.exists() else None

    def metrics(self) -> dict[str, NDArray[np.float64]]:
        """The metrics so far, a column `[records]` for each: `step`, `env_steps`, `gradient_steps`, then in
        alphabetical order.

        NaN where a record lacks the metric.
        """
        return _native.metrics(self._path)

    def checkpoints(self) -> list[Path]:
        """Folders of the complete checkpoints, oldest first."""
        return _native.checkpoints(self._path)

    def policy(self, checkpoint: StrPath | None = None, *, device: str | None = None) -> Policy:
        """The policy at `checkpoint`, one of `checkpoints()` or its name, or at the newest.

        On `device`, `"cpu"` or `"cuda:N"`, or else the one that the run was trained on.
        """
        return Policy(self._path, checkpoint, device=device)

    def evaluate(self, **settings: object) -> dict[str, Any]:
        """Measures the newest checkpoint again and writes the report into the run; the report.

        `settings` are those of `train` under `evaluate`, `device` and `threads`: `run.evaluate(evaluate={"goals":
        200})`. In another world than the run's, `evaluate={"env": ..}`, the report goes into a folder of the run with
        the name of that world.
        """
        return _read_json(_native.evaluate(self._path, settings) / "report.json")

    def resume(self, *, callback: Callback | None = None, progress: bool = False, **settings: object) -> "Run":
        """Goes on from the newest checkpoint to the end of the budget, which `env_steps=..` may lengthen; see
        `train`."""
        return Run(_native.train(None, settings, None, self._path, None, callback, progress))


def train(
    config: Mapping[str, object] | StrPath | None = None,
    *,
    out: StrPath | None = None,
    resume: StrPath | None = None,
    init: StrPath | None = None,
    callback: Callback | None = None,
    progress: bool = False,
    **settings: object,
) -> Run:
    """Trains a run to its end and evaluates it, as the program `train` does, with the same settings and the same bits.

    Settings are laid over the defaults and the world's preset: first `config`, a TOML file or a mapping, then the
    keyword arguments. Tables are mappings: `train(env="Point-v0", sac={"width": 64})`; in a mapping, keys may be
    dotted too.

    `out` is the folder to make, `runs/ENV-OBJECTIVE-SEED-N` otherwise. `resume` is the folder of a run to take up
    again from its newest checkpoint instead; its settings stay, only some may change. `init` is the folder of a run
    whose policy the new one starts from, to fine-tune it for the world's own reward (objective `extrinsic`), with
    that run's agent and world unless the settings say otherwise.

    `callback(progress, metrics)` is called with each metric record. When it returns False the training stops with a
    checkpoint: the run has no report yet and can be resumed. The same holds when it raises, and for Ctrl-C in the main
    thread, after the current epoch; the exception then goes on to the caller.

    Other threads of Python run meanwhile, also with trainings of their own. `progress` shows the progress on standard
    error.

    Raises `SettingsError` for settings that cannot be used, before a folder is made, and `RunError` when the run
    fails; it can then be resumed from its newest checkpoint.
    """
    return Run(_native.train(config, settings, out, resume, init, callback, progress))


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), object_hook=_numbers)
    return content


def _numbers(content: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN and no infinities; freeroam writes their names."""
    names = ("NaN", "inf", "-inf")
    return {key: float(value) if value in names else value for key, value in content.items()}
