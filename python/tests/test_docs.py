"""What the pages show runs, and nothing that is public is missing from them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import freeroam

ROOT = Path(__file__).parents[2]
PAGES = ["docs/python.md", "python/README.md"]
#: What a block that imports one of these needs.
LAYERS = {"ray": r"import ray|from ray|freeroam\.(ray|rllib)", "puffer": r"freeroam\.puffer"}


def layer_of(block):
    return next((layer for layer, mark in LAYERS.items() if re.search(mark, block)), "main")


def blocks(page, layer):
    text = (ROOT / page).read_text()
    found = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for block in found if layer_of(block) == layer]


def run(page, layer):
    """Runs the blocks that need a layer, in order and in one namespace."""
    names: dict[str, object] = {}
    exec("import freeroam, gymnasium\nimport numpy as np", names)
    for block in blocks(page, layer):
        exec(compile(block, page, "exec"), names)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_the_pages_run(page):
    assert len(blocks(page, "main")) >= 4
    run(page, "main")


@pytest.mark.ray
@pytest.mark.usefixtures("cluster")
def test_the_blocks_that_need_ray_run():
    assert len(blocks("docs/python.md", "ray")) == 3
    run("docs/python.md", "ray")


@pytest.mark.puffer
def test_the_blocks_that_need_pufferlib_run():
    assert len(blocks("docs/python.md", "puffer")) == 1
    run("docs/python.md", "puffer")


CLASSES = ["Env", "VectorEnv", "Run", "Policy", "Learner"]


def public(cls):
    """Names that a class itself makes public, and the settings of its constructor."""
    names = {name for name in vars(cls) if not name.startswith("_")}
    if inspect.isfunction(cls.__init__):
        names |= set(inspect.signature(cls.__init__).parameters) - {"self", "world", "path"}
    return names - {"metadata", "close_extras"}


@pytest.mark.parametrize("name", CLASSES)
def test_the_reference_has_every_public_name(name):
    section = (ROOT / "docs/python.md").read_text().split(f"\n### {name}\n")[1].split("\n### ")[0]
    code = " ".join(re.findall(r"`([^`]+)`", section))
    missing = {word for word in public(getattr(freeroam, name)) if not re.search(rf"\b{word}\b", code)}
    assert not missing, f"docs/python.md says nothing of {missing} in the section {name}"


def test_the_page_has_every_name_of_the_package():
    page = (ROOT / "docs/python.md").read_text()
    missing = {name for name in freeroam.__all__ if not name.startswith("__") and not re.search(rf"\b{name}\b", page)}
    assert not missing


def test_links_of_the_pages_lead_somewhere():
    for page in PAGES:
        text = (ROOT / page).read_text()
        titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
        for target in re.findall(r"\]\(([^)]+)\)", text):
            if target.startswith("#"):
                assert target[1:] in anchors, (page, target)
            elif "://" not in target:
                assert ((ROOT / page).parent / target).exists(), (page, target)
