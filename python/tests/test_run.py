"""What a run leaves: policies that act on NumPy arrays, and the same in PyTorch."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny import TINY

import freeroam
from freeroam import Policy, Run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return freeroam.train(TINY, out=tmp_path_factory.mktemp("runs") / "run", env_steps=3200)


@pytest.fixture(scope="module")
def policy(run: Run) -> Policy:
    return run.policy()


def observations(count: int) -> NDArray[np.float64]:
    return np.random.default_rng(0).normal(0.0, 10.0, (count, 2))


def test_actions_have_the_shape_of_the_observations(policy: Policy) -> None:
    assert (policy.observation_dim, policy.skill_dim, policy.action_dim) == (2, 2, 2)
    obs, skills = observations(5), policy.sample_skills(5, seed=1)
    actions = policy.act(obs, skills)
    assert actions.shape == (5, 2) and actions.dtype == np.float32 and (np.abs(actions) <= 1).all()
    np.testing.assert_allclose(policy.act(obs[0], skills[0]), actions[0], rtol=1e-5)
    assert policy.act(obs[0].tolist(), skills[0]).shape == (2,)
    np.testing.assert_array_equal(policy.act(obs, skills[0]), policy.act(obs, np.tile(skills[0], (5, 1))))
    read_only = obs.astype(np.float32)
    read_only.flags.writeable = False
    np.testing.assert_array_equal(policy.act(read_only[::-1], skills[::-1])[::-1], actions)


def test_draws_follow_the_seed(run: Run) -> None:
    policy = run.policy()
    obs, skill = observations(3), [1.0, 0.0]
    mode = policy.act(obs, skill)
    drawn = policy.act(obs, skill, deterministic=False, seed=3)
    assert (drawn != mode).any()
    np.testing.assert_array_equal(policy.act(obs, skill, deterministic=False, seed=3), drawn)
    assert (policy.act(obs, skill, deterministic=False, seed=4) != drawn).any()
    # Without a seed the policy's own stream goes on; a new object starts it again.
    first, second = (policy.act(obs, skill, deterministic=False) for _ in range(2))
    assert (first != second).any()
    np.testing.assert_array_equal(run.policy().act(obs, skill, deterministic=False), first)
    skills = policy.sample_skills(100, seed=0)
    np.testing.assert_allclose(np.linalg.norm(skills, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_array_equal(policy.sample_skills(100, seed=0), skills)
    assert policy.sample_skills(0).shape == (0, 2)


def test_skills_point_from_place_to_goal_in_latent_space(policy: Policy) -> None:
    obs, goals = observations(6), observations(12)[6:]
    skills = policy.towards(obs, goals)
    delta = policy.embed(goals) - policy.embed(obs)
    np.testing.assert_allclose(skills, delta / np.linalg.norm(delta, axis=1, keepdims=True), atol=1e-4)
    assert policy.towards(obs[0], goals[0]).shape == (2,) and policy.embed(obs[0]).shape == (2,)
    np.testing.assert_allclose(policy.towards(obs, goals[0])[1], policy.towards(obs[1], goals[0]), atol=1e-5)


def test_checkpoints_are_chosen_by_folder_or_name(run: Run) -> None:
    older, newest = run.checkpoints()
    obs, skill = observations(4), [0.0, 1.0]
    actions = run.policy().act(obs, skill)
    np.testing.assert_array_equal(run.policy(newest).act(obs, skill), actions)
    assert (run.policy(older.name).act(obs, skill) != actions).any()
    assert (run.policy(os.path.relpath(older)).act(obs, skill) != actions).any()
    assert run.policy(older).weights == older / "learner" / "policy.safetensors"
    with pytest.raises(freeroam.SettingsError, match="no checkpoint `step-1`, it has step-0000002400, step-0000003200"):
        run.policy("step-1")
    with pytest.raises(freeroam.InputError, match="is not in"):
        run.policy("/elsewhere/checkpoints/step-0000003200")
    with pytest.raises(freeroam.SettingsError, match="expected `cpu` or `cuda:N`"):
        run.policy(device="gpu")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda policy: policy.act(np.zeros((3, 4)), np.zeros(2)),
            r"obs has shape \(3, 4\), expected \(2,\) or \(rows, 2\)",
        ),
        (lambda policy: policy.act(np.zeros((0, 2)), np.zeros(2)), r"obs has shape \(0, 2\)"),
        (lambda policy: policy.act(np.zeros((3, 2)), np.zeros(5)), r"skill has shape \(5,\)"),
        (lambda policy: policy.act(np.zeros((3, 2)), np.zeros((2, 2))), "skill has 2 rows, obs has 3 rows"),
        (lambda policy: policy.act(np.zeros(2), np.zeros((1, 2))), "skill has 1 row, obs has no axis for rows"),
        (lambda policy: policy.act(np.zeros((3, 2))), "skill is missing, expected 2 numbers per row; `sample_skills`"),
        (lambda policy: policy.act([0.0, np.nan], np.zeros(2)), "obs has NaN in row 0, column 1"),
        (lambda policy: policy.towards(np.zeros(2), np.zeros(3)), r"goal has shape \(3,\)"),
        (lambda policy: policy.embed(3.0), r"obs has shape \(\)"),
    ],
)
def test_wrong_arrays_are_named(policy: Policy, call: Any, message: str) -> None:
    with pytest.raises(freeroam.InputError, match=message):
        call(policy)


def test_the_random_baseline_has_no_skills(tmp_path: Path) -> None:
    settings = {key: value for key, value in TINY.items() if key != "metra"} | {"objective": "random", "env_steps": 800}
    policy = freeroam.train(settings, out=tmp_path / "run").policy()
    assert policy.skill_dim == 0 and policy.sample_skills(3).shape == (3, 0)
    assert policy.act(observations(3)).shape == (3, 2) and policy.act(observations(3), np.zeros((3, 0))).shape == (3, 2)
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: policy.embed(np.zeros(2)), "no latent space"),
        (lambda: policy.towards(np.zeros(2), np.zeros(2)), "which skill leads to a goal"),
        (lambda: policy.weights, "no network"),
    ]
    for call, message in calls:
        with pytest.raises(freeroam.InputError, match=message):
            call()


def test_an_evaluation_measures_again(run: Run) -> None:
    before = run.report
    assert before is not None and before["protocol"]["goals"] == 5
    report = run.evaluate(evaluate={"goals": 7}, threads=2)
    assert report["protocol"]["goals"] == 7 and report["coverage"] == before["coverage"]
    assert run.report == report


def test_reports_hold_numbers_that_json_does_not_have(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("seed = 0\n")
    (tmp_path / "report.json").write_text('{"coverage": {"policy": {"value": "NaN", "low": "-inf", "high": 2.0}}}')
    report = Run(tmp_path).report
    assert report is not None
    policy = report["coverage"]["policy"]
    assert np.isnan(policy["value"]) and policy["low"] == -np.inf and policy["high"] == 2.0


def test_pytorch_acts_alike(run: Run, policy: Policy) -> None:
    torch = pytest.importorskip("torch")
    from freeroam.torch import load_policy

    obs, skills = observations(64).astype(np.float32), policy.sample_skills(64, seed=0)
    expected = policy.act(obs, skills)
    for source in (run, run.path, run.checkpoints()[-1], policy.weights):
        with torch.no_grad():
            actions = load_policy(source)(torch.from_numpy(obs), torch.from_numpy(skills))
        np.testing.assert_allclose(actions.numpy(), expected, atol=1e-5)
    layers = {f"layers.{layer}.{part}" for layer in range(3) for part in ("weight", "bias")}
    assert set(load_policy(run).state_dict()) == {"observation_mean", "observation_std"} | layers


def test_the_exported_weights_act_alike_without_pytorch(policy: Policy) -> None:
    content = policy.weights.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header, weights = json.loads(content[8:start]), {}
    header.pop("__metadata__", None)
    for name, entry in header.items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        assert entry["dtype"] == "F32"
        weights[name] = np.frombuffer(content[begin:end], np.float32).reshape(entry["shape"])
    obs, skills = observations(64).astype(np.float32), policy.sample_skills(64, seed=0)
    x = np.concatenate([(obs - weights["observation_mean"]) / weights["observation_std"], skills], axis=1)
    for layer in range(3):
        x = x @ weights[f"layers.{layer}.weight"].T + weights[f"layers.{layer}.bias"]
        x = np.maximum(x, 0.0) if layer < 2 else x
    np.testing.assert_allclose(np.tanh(x[:, :2]), policy.act(obs, skills), atol=1e-5)


@pytest.fixture(scope="module")
def deterministic(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of DDPG with a skill of four numbers."""
    settings = {key: value for key, value in TINY.items() if key != "metra"}
    settings |= {"objective": "cic", "agent": "ddpg", "env_steps": 800}
    small = {"cic": {"width": 8, "skill_dim": 4}, "ddpg": {"width": 16}}
    return freeroam.train(settings | small, out=tmp_path_factory.mktemp("runs") / "run")


def test_policies_with_a_normalised_layer_act_alike(deterministic: Run) -> None:
    from freeroam.actor import Actor, read_weights

    policy, actor = deterministic.policy(), Actor(read_weights(deterministic))
    assert (actor.observation_dim, actor.skill_dim, actor.action_dim) == (2, 4, 2)
    obs, skills = observations(64).astype(np.float32), policy.sample_skills(64, seed=0)
    assert (skills >= 0).all() and (skills <= 1).all()
    expected = policy.act(obs, skills)
    np.testing.assert_allclose(actor.mode(obs, skills), expected, atol=1e-5)
    noise = actor.draw(obs, skills, np.random.default_rng(0)) - expected
    assert 0.1 < noise.std() < 0.25
    torch = pytest.importorskip("torch")
    from freeroam.torch import load_policy

    module = load_policy(deterministic)
    with torch.no_grad():
        actions = module(torch.from_numpy(obs), torch.from_numpy(skills))
    np.testing.assert_allclose(actions.numpy(), expected, atol=1e-5)
    with pytest.raises(freeroam.InputError, match="no density"):
        module.sample(torch.from_numpy(obs), torch.from_numpy(skills))


def test_a_policy_whose_actions_are_cut_acts_alike(tmp_path: Path) -> None:
    from freeroam.actor import Actor, read_weights

    settings = {key: value for key, value in TINY.items() if key != "metra"}
    settings |= {"objective": "hilp", "env_steps": 800, "hilp": {"width": 8, "skill_dim": 4}, "iql": {"width": 16}}
    run = freeroam.train(settings, out=tmp_path / "run")
    policy, actor = run.policy(), Actor(read_weights(run))
    # Far away the outputs of the network are beyond the ends.
    obs, skills = 1000 * observations(64).astype(np.float32), policy.sample_skills(64, seed=0)
    expected = policy.act(obs, skills)
    assert (np.abs(expected) == 1).any()
    np.testing.assert_allclose(actor.mode(obs, skills), expected, atol=1e-5)
    draws = actor.draw(obs, skills, np.random.default_rng(0))
    assert (np.abs(draws) <= 1).all() and not np.allclose(draws, expected)
    torch = pytest.importorskip("torch")
    from freeroam.torch import load_policy

    with torch.no_grad():
        actions = load_policy(run)(torch.from_numpy(obs), torch.from_numpy(skills))
    np.testing.assert_allclose(actions.numpy(), expected, atol=1e-5)


def test_a_policy_that_sees_categories_acts_alike(tmp_path: Path) -> None:
    from freeroam.actor import Actor, read_weights

    settings: dict[str, Any] = {"env": "Rooms-Noisy-v0", "objective": "rnd", "agent": "ppo", "env_steps": 1024}
    small = {"collect": {"lanes": 4}, "ppo": {"width": 8}, "rnd": {"width": 8, "features": 4}, "threads": 1}
    run = freeroam.train(settings | small | {"evaluate": TINY["evaluate"]}, out=tmp_path / "run")
    policy, actor = run.policy(), Actor(read_weights(run))
    assert (actor.observation_dim, actor.skill_dim, actor.action_dim) == (50, 0, 2)
    elsewhere = run.evaluate(evaluate={"env": "Rooms-Balls-v0"})
    assert elsewhere["env"] == "Rooms-Balls-v0" and run.report is not None and run.report["env"] == "Rooms-Noisy-v0"
    env = freeroam.VectorEnv("Rooms-Noisy-v0", num_envs=16)
    obs, _ = env.reset(seed=0)
    obs[:, :48] += 0.3  # the nearest class counts
    expected = policy.act(obs)
    np.testing.assert_allclose(actor.mode(obs), expected, atol=1e-5)
    torch = pytest.importorskip("torch")
    from freeroam.torch import load_policy

    with torch.no_grad():
        np.testing.assert_allclose(load_policy(run)(torch.from_numpy(obs)).numpy(), expected, atol=1e-5)


def test_a_policy_is_fine_tuned_for_the_reward_of_the_world(deterministic: Run, tmp_path: Path) -> None:
    small: dict[str, Any] = {"env_steps": 400, "collect": TINY["collect"], "evaluate": TINY["evaluate"]}
    tuned = freeroam.train(init=deterministic, out=tmp_path / "run", **small)
    assert tuned.config["objective"] == "extrinsic" and tuned.config["agent"] == "ddpg"
    assert (tuned.policy().sample_skills(3) == 0.5).all()


def test_a_policy_that_acts_by_frames_is_refused(tmp_path: Path) -> None:
    settings = {key: value for key, value in TINY.items() if key != "metra"}
    frames = {"env": "PointMaze-UMaze-Pixels-v0", "objective": "random", "encoder": {"network": "means", "features": 2}}
    run = freeroam.train(settings | frames, out=tmp_path / "run", env_steps=800)
    with pytest.raises(freeroam.FreeroamError, match="acts by the frames of `PointMaze-UMaze-Pixels-v0`"):
        run.policy()
