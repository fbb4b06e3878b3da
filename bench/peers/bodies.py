"""Compares freeroam's bodies with their twins in MuJoCo, motion by motion.

`cargo run --release -p freeroam-envs --example bodies | python bench/peers/bodies.py`, which says what each measure is.
Twins are the models of Gymnasium and of dm_control where they have one, each with its own integrator and step; the
quadruped is freeroam's file in MuJoCo. Prints a table for `docs/bodies.md`.
"""

import re
import sys
from pathlib import Path

import gymnasium
import mujoco
import numpy as np

ROOT = Path(__file__).parents[2]
GYMNASIUM = Path(gymnasium.__file__).parent / "envs/mujoco/assets"
# Name, model, and the coordinates of x and of height, as in `Robot::travel` and `Robot::lift`.
TWINS = {
    "ant": (GYMNASIUM / "ant.xml", 0, 2),
    "half_cheetah": (GYMNASIUM / "half_cheetah.xml", 0, 1),
    "hopper": (GYMNASIUM / "hopper.xml", 0, 1),
    "walker2d": (GYMNASIUM / "walker2d_v5.xml", 0, 1),
    "humanoid": (GYMNASIUM / "humanoid.xml", 0, 2),
    "walker": ("dm_control/suite/walker.xml", 1, 0),
    "quadruped": (ROOT / "envs/assets/quadruped.xml", 0, 2),
}


def model(source: Path | str) -> mujoco.MjModel:
    """A model without what is only there to be looked at."""
    if isinstance(source, str):
        import dm_control.suite

        source = Path(dm_control.suite.__file__).parents[2] / source
    text = re.sub(r"<include[^>]*/>", "", source.read_text())
    if "dm_control" in str(source):
        text = re.sub(r' material="[^"]*"', "", text)
    return mujoco.MjModel.from_xml_string(text)


def start(twin: mujoco.MjModel, lift: int, by: float) -> mujoco.MjData:
    data = mujoco.MjData(twin)
    data.qpos[lift] += by
    for joint in np.flatnonzero(twin.jnt_limited):
        data.qpos[twin.jnt_qposadr[joint]] = twin.jnt_range[joint].mean()
    mujoco.mj_forward(twin, data)
    return data


def run(twin: mujoco.MjModel, data: mujoco.MjData, seconds: float, pushed: int | None = None) -> None:
    low, high = twin.actuator_ctrlrange.T
    data.ctrl[:] = (low + high) / 2
    if pushed is not None:
        data.ctrl[pushed] = high[pushed]
    for _ in range(round(seconds / twin.opt.timestep)):
        mujoco.mj_step(twin, data)
    mujoco.mj_forward(twin, data)


def measure(source: Path | str, along: int, lift: int, seconds: dict[str, float]) -> dict[str, float]:
    """Every measure of a twin, for as long as freeroam's."""
    twin = model(source)
    found = {"mass": float(twin.body_subtreemass[0])}
    data = start(twin, lift, 5)
    before = data.subtree_com[0][2]
    run(twin, data, seconds["fall"])
    found["fall"] = float(before - data.subtree_com[0][2])
    data = start(twin, lift, 0.5)
    run(twin, data, seconds["rest"])
    found["rest"] = float(data.xpos[1][2])
    data.qvel[:] = 0
    data.qvel[along] = 3
    before = data.subtree_com[0][0]
    run(twin, data, seconds["slide"])
    found["slide"] = float(data.subtree_com[0][0] - before)
    for actuator in range(twin.nu):
        joint = twin.jnt_qposadr[twin.actuator_trnid[actuator][0]]
        data = start(twin, lift, 5)
        before = data.qpos[joint]
        run(twin, data, seconds[f"push {actuator}"], actuator)
        found[f"push {actuator}"] = float(data.qpos[joint] - before)
    return found


def main() -> None:
    ours: dict[str, dict[str, float]] = {}
    seconds: dict[str, dict[str, float]] = {}
    for line in sys.stdin:
        body, what, value, took = line.rstrip("\n").split("\t")
        measures = ours.setdefault(body, {})
        if what.startswith("push"):
            # Actuators are numbered: their names are freeroam's own, their order is the twin's.
            what = f"push {sum(name.startswith('push') for name in measures)}"
        measures[what] = float(value)
        seconds.setdefault(body, {})[what] = float(took)
    pushed = "joints pushed for 0.1 s: mean, rad | largest difference, rad"
    print(f"| body | mass, kg | fall in 0.6 s, m | height at rest, m | thrown from there, m | {pushed} |")
    print("|---|---|---|---|---|---|---|")
    for body, (source, along, lift) in TWINS.items():
        theirs, mine = measure(source, along, lift, seconds[body]), ours[body]
        pair = {name: f"{mine[name]:.3f} / {theirs[name]:.3f}" for name in ("mass", "fall", "rest", "slide")}
        pushes = [name for name in theirs if name.startswith("push")]
        a, b = (np.array([found[name] for name in pushes]) for found in (mine, theirs))
        row = [body, pair["mass"], pair["fall"], pair["rest"], pair["slide"]]
        row += [f"{np.abs(a).mean():.3f} / {np.abs(b).mean():.3f}", f"{np.abs(a - b).max():.3f}"]
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
