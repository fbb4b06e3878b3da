"""Writes ogbench_fingerprints.json: statistics of data made by OGBench's rules in OGBench's own worlds of points.

    pip install ogbench
    MUJOCO_GL=disable python ogbench_fingerprints.py > ogbench_fingerprints.json

Made with ogbench 1.2.2, mujoco 4.0.0, numpy 2.4.6. Three minutes on one core. The rules are those of OGBench's script
data_gen_scripts/generate_locomaze.py; explore is that of its ants.
"""

import json

import numpy as np
import ogbench

STEPS = {"navigate": 1000, "stitch": 200, "explore": 500}
NOISE = {"navigate": 0.5, "stitch": 0.5, "explore": 1.0}


def is_vertex(maze, cell):
    i, j = cell
    walls = [bool(maze[a, b]) for a, b in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1))]
    return walls not in ([False, False, True, True], [True, True, False, False])


def statistics(size, kind, episodes):
    rng = np.random.default_rng(0)
    np.random.seed(0)  # noqa: NPY002 -- OGBench draws from it
    env = ogbench.make_env_and_datasets(
        f"pointmaze-{size}-navigate-v0", env_only=True, terminate_at_goal=False, max_episode_steps=STEPS[kind] + 1
    )
    world = env.unwrapped
    free = [tuple(cell) for cell in np.argwhere(world.maze_map == 0)]
    vertices = [cell for cell in free if is_vertex(world.maze_map, cell)]

    def draw(cells):
        return cells[rng.integers(len(cells))]

    subgoals = {}
    goals, first, moves, visited = 0, [], [], set()
    for _ in range(episodes):
        start, goal = draw(free), draw(vertices)
        if kind == "stitch":
            _, distances = world.get_oracle_subgoal(world.ij_to_xy(start), world.ij_to_xy(start))
            goal = draw([tuple(cell) for cell in np.argwhere(distances == 4)] or [start])
        env.reset(options={"task_info": {"init_ij": start, "goal_ij": goal}})
        place = world.get_xy()
        visited.add(world.xy_to_ij(place))
        reached = None
        for step in range(STEPS[kind]):
            if kind != "explore":
                key = (world.xy_to_ij(place), world.xy_to_ij(world.cur_goal_xy))
                if key not in subgoals:
                    subgoals[key] = world.get_oracle_subgoal(place, world.cur_goal_xy)[0]
                way = subgoals[key] - place
            elif step % 10 == 0:
                way = rng.normal(size=2)
            heading = way / (np.linalg.norm(way) + 1e-6)
            *_, info = env.step(np.clip(heading + rng.normal(0, NOISE[kind], 2), -1, 1))
            moves.append(np.linalg.norm(world.get_xy() - place))
            place = world.get_xy()
            visited.add(world.xy_to_ij(place))
            if kind != "explore" and info["success"] and (kind == "navigate" or reached is None):
                goals += 1
                if reached is None:
                    reached = step + 1
                    first.append(reached)
                if kind == "navigate":
                    world.set_goal(draw(vertices))
    moves = np.array(moves)
    pursues = kind != "explore"
    return {
        "maze": size,
        "kind": kind,
        "episodes": episodes,
        "goals_per_1000": round(1000 * goals / len(moves), 3) if pursues else None,
        "reached": round(len(first) / episodes, 4) if pursues else None,
        "first_goal": round(float(np.mean(first)), 2) if pursues else None,
        "cells": round(len(visited) / len(free), 4),
        "still": round(float(np.mean(moves < 0.02)), 5),
        "move_m": round(float(np.mean(moves)), 5),
    }


cases = [("medium", "navigate", 400), ("large", "navigate", 400), ("medium", "stitch", 800), ("large", "stitch", 800)]
cases += [("medium", "explore", 20), ("large", "explore", 20)]
print(json.dumps([statistics(*case) for case in cases], indent=1))
