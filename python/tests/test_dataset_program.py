"""Data sets of the program ``dataset`` in the hands of the official loaders of OGBench and Minari."""

import json
import os
import subprocess

import minari
import numpy as np
import ogbench
import pytest


def make(out, *sets):
    """Runs the program with ``sets``; what it made, as its manifest tells."""
    program = os.environ.get("FREEROAM_DATASET")
    if program is None:
        pytest.skip("FREEROAM_DATASET does not name the program `dataset`; `cargo xtask python` builds it")
    words = [word for setting in sets for word in ("--set", setting)]
    subprocess.run([program, *words, "--out", out], check=True, capture_output=True, text=True)
    return json.loads((out / "manifest.json").read_text())


SMALL = ("env=PointMaze-Medium-v0", "episodes=6", "validation=0.5", "steps=50")


@pytest.mark.parametrize("kind", ["navigate", "stitch", "explore"])
def test_ogbench_loads_what_the_program_makes(tmp_path, kind):
    manifest = make(tmp_path / "set", *SMALL, f"kind={kind}")
    name = f"pointmaze-medium-{kind}-v0"
    assert [file["path"] for file in manifest["files"]] == [f"{name}.npz", f"{name}-val.npz"]
    for file, episodes in zip(manifest["files"], (6, 3), strict=True):
        data = ogbench.load_dataset(str(tmp_path / "set" / file["path"]), ob_dtype=np.float32)
        assert data["observations"].shape == data["next_observations"].shape == (episodes * 50, 2)
        assert data["actions"].shape == (episodes * 50, 2) and data["terminals"].sum() == episodes
        # A step moves a point by 0.2 m at most along each axis.
        assert np.abs(data["next_observations"] - data["observations"]).max() < 0.21


def test_minari_loads_what_the_program_makes(tmp_path, monkeypatch):
    manifest = make(tmp_path / "set", *SMALL, "format=minari")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "set"))
    names = [f"freeroam/pointmaze-medium/navigate{split}-v0" for split in ("", "-val")]
    assert [file["path"] for file in manifest["files"]] == names
    for name, episodes in zip(names, (6, 3), strict=True):
        data = minari.load_dataset(name)
        assert (data.total_episodes, data.total_steps) == (episodes, episodes * 50)
        assert data.action_space.shape == (2,) and (data.action_space.high == 1).all()
        for episode in data.iterate_episodes():
            assert episode.observations.shape == (51, 2) and episode.actions.shape == (50, 2)
            assert not episode.terminations.any() and episode.truncations[-1]
    # The same settings give the same states in both formats.
    make(tmp_path / "npz", *SMALL)
    flat = np.load(tmp_path / "npz" / "pointmaze-medium-navigate-v0.npz")["observations"]
    rows = np.concatenate([episode.observations for episode in minari.load_dataset(names[0]).iterate_episodes()])
    assert flat.tobytes() == rows.astype(np.float32).tobytes()
