"""What several files of tests share."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def cluster():
    """Ray on two cores of this machine."""
    ray = pytest.importorskip("ray")
    # Workers find what tests share, as well as what is on the path already.
    path = os.pathsep.join([os.path.dirname(__file__), os.environ.get("PYTHONPATH", "")])
    environment = {"env_vars": {"PYTHONPATH": path}}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=environment)
    yield ray
    ray.shutdown()


@pytest.fixture
def one_thread():
    """PyTorch on one thread: small networks are no faster on more, and tests share the cores."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
