"""Settings that more than one kind of environment has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .errors import InputError

Goals = Literal["tasks", "anywhere"]
Camera = Literal["tracking", "above", "whole"]

#: Steps of an episode that nothing truncates.
UNLIMITED = 2**32 - 1


def check_counts(**counts: int | None) -> None:
    """Refuses numbers below 1."""
    for name, count in counts.items():
        if count is not None and count < 1:
            raise InputError(f"{name} is {count}, expected at least 1")


def check_decided(settings: Mapping[str, object], by: str) -> None:
    """Refuses settings that an adapter decides: `by` keeps what a step returns, and resets in its own way."""
    for name in ("copy", "autoreset_mode"):
        if name in settings:
            raise InputError(f"{name} is {settings[name]!r}, expected none given: {by} needs one of its own")


def check_render_mode(mode: str | None) -> None:
    """Refuses what is no render mode."""
    if mode not in (None, "rgb_array"):
        raise InputError(f"render_mode is {mode!r}, expected None or 'rgb_array'")
