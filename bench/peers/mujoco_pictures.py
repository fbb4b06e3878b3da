"""Pictures of Gymnasium's Ant by MuJoCo's renderer on the CPU: mujoco_pictures.py CAMERA EDGE.

Mesa's software renderer draws, through EGL. Without shadows and reflections, and without the samples that smooth edges:
as cheap as MuJoCo makes a picture. A picture is drawn, read back and copied to an array, as `render()` does.
"""

import os
import sys
from importlib.metadata import version

os.environ.setdefault("MUJOCO_GL", "egl")
# Mesa draws on as many threads as there are cores; the bench gives it one core.
os.environ.setdefault("LP_NUM_THREADS", "0")

import gymnasium
import mujoco
import numpy as np

from windows import serve


def camera_of(name, model):
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_TRACKING
    camera.trackbodyid = model.body("torso").id
    camera.distance, camera.azimuth, camera.elevation = {"tracking": (5.5, 60, -35), "above": (10, 90, -90)}[name]
    return camera


def main(name, edge):
    env = gymnasium.make("Ant-v5").unwrapped
    env.reset(seed=0)
    model, data = env.model, env.data
    model.vis.quality.offsamples = 0
    renderer = mujoco.Renderer(model, edge, edge)
    for flag in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
        renderer.scene.flags[flag] = False
    camera = camera_of(name, model)
    rng = np.random.default_rng(0)
    for _ in range(40):
        env.step(rng.uniform(-1, 1, env.action_space.shape))
    picture = np.empty((edge, edge, 3), np.uint8)

    def step():
        for _ in range(8):
            renderer.update_scene(data, camera)
            renderer.render(out=picture)
        return 8

    step()
    if picture.std() < 5:
        raise SystemExit("the picture is empty")
    versions = {package: version(package) for package in ("gymnasium", "mujoco", "numpy")}
    serve(f"mujoco:Ant-v5:{name}:{edge}", "pictures", versions, step)


main(sys.argv[1], int(sys.argv[2]))
