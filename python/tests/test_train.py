"""Training from Python: the same runs as the program's, stopped and resumed without a trace."""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from tiny import TINY

import freeroam
from freeroam import Run


def state(run: Run) -> dict[str, bytes]:
    """The newest checkpoint's files, without optimiser moments, whose entries are written in any order."""
    files = (run.checkpoints()[-1] / "learner").iterdir()
    return {file.name: file.read_bytes() for file in files if not file.name.endswith(".adam.bpk")}


def assert_equal(a: Run, b: Run) -> None:
    left, right = a.metrics(), b.metrics()
    assert left.keys() == right.keys()
    for key in left:
        if not key.startswith("time/"):
            np.testing.assert_array_equal(left[key], right[key], err_msg=key)
    before, after = state(a), state(b)
    assert before.keys() == after.keys() and "policy.safetensors" in before
    for name in before:
        assert before[name] == after[name], name


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return freeroam.train(TINY, out=tmp_path_factory.mktemp("runs") / "whole")


def test_a_run_finishes_with_report_and_metrics(whole: Run) -> None:
    report = whole.report
    assert report is not None and report["env_steps"] == 8000 and report["objective"] == "metra"
    assert report["coverage"]["policy"]["low"] <= report["coverage"]["policy"]["value"]
    metrics = whole.metrics()
    assert {"step", "env_steps", "gradient_steps", "sac/reward", "coverage/total"} <= metrics.keys()
    assert metrics["env_steps"][-1] == 8000
    coverage = metrics["evaluate/policy_coverage"]
    assert coverage.dtype == np.float64 and np.isnan(coverage).any() and np.isfinite(coverage[-1])
    assert whole.config["sac"]["width"] == 16 and whole.config["sac"]["tau"] == 0.005
    assert whole.manifest["seed"] == 0
    assert [path.name for path in whole.checkpoints()] == ["step-0000007200", "step-0000008000"]


def test_a_callback_sees_every_record(tmp_path: Path) -> None:
    seen: list[tuple[dict[str, int], dict[str, float]]] = []
    run = freeroam.train(TINY, out=tmp_path / "run", env_steps=2400, callback=lambda *record: seen.append(record))
    metrics = run.metrics()
    assert [progress["env_steps"] for progress, _ in seen] == list(metrics["env_steps"])
    assert [progress["step"] for progress, _ in seen] == list(metrics["step"])
    for index, (_, record) in enumerate(seen):
        assert all(metrics[key][index] == value for key, value in record.items())


def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(whole: Run, tmp_path: Path) -> None:
    def stop(progress: dict[str, int], metrics: dict[str, float]) -> bool:
        return progress["env_steps"] < 3000

    run = freeroam.train(TINY, out=tmp_path / "run", callback=stop)
    assert run.report is None and run.metrics()["env_steps"][-1] == 3000
    assert run.checkpoints()[-1].name == "step-0000003000"
    same = run.resume()
    assert same.path == run.path and same.report is not None
    assert_equal(whole, run)


def test_an_exception_of_the_callback_stops_the_run_and_comes_out(whole: Run, tmp_path: Path) -> None:
    calls = 0

    def fail(progress: dict[str, int], metrics: dict[str, float]) -> None:
        nonlocal calls
        calls += 1
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        freeroam.train(TINY, out=tmp_path / "run", callback=fail)
    assert calls == 1
    run = Run(tmp_path / "run")
    assert run.report is None and len(run.checkpoints()) == 1
    with pytest.raises(TypeError):
        run.resume(callback=lambda progress, metrics: "go on")  # type: ignore[arg-type, return-value]
    assert_equal(whole, run.resume())


def test_ctrl_c_stops_the_run_with_a_checkpoint(whole: Run, tmp_path: Path) -> None:
    started = threading.Event()

    def interrupt() -> None:
        started.wait()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    # A shell starts programs in the background with Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            # Far more steps than are done before the signal arrives.
            freeroam.train(TINY, out=tmp_path / "run", env_steps=400_000, callback=lambda *_: started.set())
    finally:
        signal.signal(signal.SIGINT, before)
    thread.join()
    run = Run(tmp_path / "run")
    done = run.metrics()["env_steps"][-1]
    assert run.report is None and run.checkpoints()[-1].name == f"step-{int(done):010}"
    if done < 8000:
        assert_equal(whole, run.resume(env_steps=8000))


def test_two_threads_train_at_once(whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    both = threading.Barrier(2)
    runs: list[Run] = []

    def train() -> None:
        first = iter([True])

        def meet(progress: dict[str, int], metrics: dict[str, float]) -> None:
            # Each waits here for the other: neither holds what the other needs.
            if next(first, False):
                both.wait(timeout=60)

        runs.append(freeroam.train(TINY, callback=meet))

    threads = [threading.Thread(target=train) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {run.path.name for run in runs} == {"Point-v0-metra-0-1", "Point-v0-metra-0-2"}
    for run in runs:
        assert_equal(whole, run)


def test_settings_come_from_files_mappings_and_keywords(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('env = "Point-v0"\nseed = 7\n[sac]\nwidth = 8\ntau = 0.5\n')

    def config(settings: object, **keywords: object) -> dict[str, object]:
        out = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        small: dict[str, object] = {"env_steps": 1600, "evaluate": TINY["evaluate"], "metra": {"width": 8}}
        run = freeroam.train(settings, out=out, **(small | keywords), callback=lambda *_: False)  # type: ignore[arg-type]
        return run.config

    of_file = config(file, sac={"width": 16})
    assert (of_file["seed"], of_file["sac"]["width"], of_file["sac"]["tau"]) == (7, 16, 0.5)  # type: ignore[index]
    numpy = {"env": "Point-v0", "sac.width": np.int64(8), "sac.tau": np.float32(0.5), "seed": 1e3}
    of_mapping = config(numpy, sac={"time_limit_is_terminal": np.bool_(True)})
    assert (of_mapping["seed"], of_mapping["sac"]["tau"]) == (1000, 0.5)  # type: ignore[index]
    assert of_mapping["sac"]["time_limit_is_terminal"] is True  # type: ignore[index]
    assert config(Run(tmp_path / "run-1").config)["seed"] == 7


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"sac": {"learning_rat": 1}},
            r"unknown key `sac.learning_rat` \(Python argument\); did you mean `sac.learning_rate`",
        ),
        ({"sac.widht": 1}, "did you mean `sac.width`"),
        ({"sac": {"discount": 1.5}}, r"`sac.discount` = 1.5 \(Python argument\), expected 0 to 1"),
        ({"sac": {"width": "wide"}}, r'`sac.width` = "wide" \(Python argument\), expected an integer'),
        ({"sac": {"width": None}}, r"`sac.width` = None \(Python argument\), expected a string, a number"),
        ({"sac": 3}, "expected a table with the keys"),
        ({"seed": 2**63}, r"`seed` = 9223372036854775808 \(Python argument\), expected an integer of 64 bits"),
        ({"env": "Pont-v0"}, "did you mean `Point-v0`"),
        ({"objective": "mtra"}, "did you mean `metra`"),
        ({"diayn": {"width": 3}}, "it is a setting of the objective `diayn`, this run has `metra`"),
        ({"device": "gpu"}, "expected `cpu` or `cuda:N`"),
        ({3: 4}, "key 3"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path: Path, settings: dict[str, object], message: str) -> None:
    out = tmp_path / "run"
    with pytest.raises(freeroam.SettingsError, match=message) as caught:
        freeroam.train(settings, out=out)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, freeroam.FreeroamError)
    assert not out.exists()
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_folders_that_cannot_be_used(whole: Run, tmp_path: Path) -> None:
    for call, message in cases(whole, tmp_path):
        with pytest.raises(freeroam.SettingsError, match=message):
            call()
    damaged = tmp_path / "damaged"
    run = freeroam.train(TINY, out=damaged, env_steps=1600, callback=lambda *_: False)
    (run.checkpoints()[-1] / "learner" / "replay.bin").write_bytes(b"")
    with pytest.raises(freeroam.RunError, match="replay.bin has 0 bytes"):
        run.resume()
    assert run.policy().skill_dim == 2, "the policy needs no replay"


def cases(whole: Run, tmp_path: Path) -> Iterator[tuple[Callable[[], object], str]]:
    yield lambda: freeroam.train(TINY, out=whole.path), "exists; resume it"
    yield lambda: freeroam.train(resume=tmp_path), "is no run folder"
    yield lambda: freeroam.train(resume=whole, out=tmp_path), "expected neither `out` nor `config`"
    yield lambda: freeroam.train(TINY, resume=whole), "expected neither `out` nor `config`"
    yield lambda: freeroam.train(3), "config is 3, expected a path or a mapping"  # type: ignore[arg-type]
    yield lambda: freeroam.train(tmp_path / "no.toml"), "no.toml"
    yield lambda: whole.resume(sac={"width": 32}), "its checkpoints belong to its settings"
    yield lambda: whole.resume(objective="lsd"), 'the objective of a run cannot change, .* has "metra"'
    yield lambda: whole.evaluate(sac={"width": 32}), "expected a setting under `evaluate`"
    yield lambda: Run(tmp_path), "is no run folder"
