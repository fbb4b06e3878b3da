"""Settings of a run of a few seconds."""

TINY = {
    "env": "Point-v0",
    "threads": 1,
    "env_steps": 8000,
    "evaluate_every": 1600,
    "checkpoint_every": 800,
    "collect": {"lanes": 4},
    "sac": {"width": 16},
    "metra": {"width": 16},
    "update": {"batch": 32},
    "evaluate": {"rollouts": 8, "repeats": 2, "goals": 5, "resamples": 100},
}
