"""Which worlds a test goes over: every one where it is cheap, else one of each kind.

Worlds of a kind differ in nothing but their walls, tasks and numbers: they have the same body, observation and action.
"""

from __future__ import annotations

from functools import cache

import freeroam

IDS = freeroam.ids()


@cache
def kind(id):
    """What worlds of a kind have in common."""
    world = freeroam.world(id)
    return tuple(world.observation_names), tuple(world.action_names), bool(world.tasks)


#: The first world of each kind.
KINDS = list({kind(id): id for id in reversed(IDS)}.values())[::-1]


#: Worlds that show where the body is, and so can have goals.
PLACED = [id for id in IDS if freeroam.world(id).position]


def anywhere(id):
    """Goals where the world can have them."""
    return "anywhere" if id in PLACED else None


def laws(id):
    """All goals that a world can have."""
    return [None] + (["anywhere"] if id in PLACED else []) + (["tasks"] if freeroam.world(id).tasks else [])
