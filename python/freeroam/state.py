"""The state of an environment as bytes: what draws its seeds, and its lanes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np

from ._native import FreeroamError


class State(NamedTuple):
    """All that changes in an environment."""

    np_random: np.random.Generator | None
    np_random_seed: int | None
    seeded: bool
    """Whether the lanes have been given seeds."""
    lanes: bytes


def pack(state: State) -> bytes:
    """A line of JSON, then the lanes."""
    generator = None if state.np_random is None else state.np_random.bit_generator.state
    head = {"np_random": generator, "np_random_seed": state.np_random_seed, "seeded": state.seeded}
    return json.dumps(head, default=_plain).encode() + b"\n" + state.lanes


def unpack(data: bytes) -> State:
    """What `pack` was given; raises `FreeroamError` for other bytes."""
    line, _, lanes = bytes(data).partition(b"\n")
    try:
        head = json.loads(line)
        generator = head["np_random"]
        np_random = None if generator is None else _generator(generator)
        return State(np_random, head["np_random_seed"], head["seeded"], lanes)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        got = f"{len(data)} bytes of something else"
        raise FreeroamError(f"the state is {got}, expected what get_state gave") from error


def _generator(state: dict[str, Any]) -> np.random.Generator:
    bits = getattr(np.random, state["bit_generator"])()
    bits.state = state
    return np.random.Generator(bits)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{value!r} is no part of a random generator")
