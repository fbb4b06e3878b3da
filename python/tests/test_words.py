"""Words: sentences that hold, are understood again, and are refused where they make no sense."""

import numpy as np
import pytest

import freeroam

PLACE = np.array([36.0, 24.0], np.float32)


@pytest.mark.parametrize("world", ["PointMaze-Large-v0", "Ant-v0", "Walker-walk-v0"])
def test_sentences_of_an_observation_hold_in_it(world: str) -> None:
    words = freeroam.Words(world, seed=1)
    observation, _ = freeroam.Env(world).reset(seed=0)
    sentences = [words.describe(observation, split="train") for _ in range(20)]
    assert len(set(sentences)) > 1
    for sentence in sentences:
        assert sentence is not None and words.satisfies(sentence, observation), sentence
        assert words.similarity(sentence, sentence) == 1
    assert sentences == [freeroam.Words(world, seed=1).describe(observation, split="train"), *sentences[1:]]


def test_places_are_named_and_found() -> None:
    words = freeroam.Words("PointMaze-Large-v0")
    asked = words.ask(PLACE)
    assert asked is not None and words.goal_of(asked).shape == (2,)
    way = words.instruct(PLACE, split="held_out")
    assert way is None or words.follow(way, PLACE).shape == (2,)
    spoken = words.describe(PLACE, goal=[0.0, 0.0])
    assert spoken is not None
    assert {"north", "room"} <= set(words.vocabulary)


def test_pairs_have_gold() -> None:
    pairs = freeroam.Words("PointMaze-Large-v0").pairs(40, split="train")
    assert len(pairs) == 40 and {0.0, 1.0} <= {gold for _, _, gold in pairs}


def test_bad_input_is_named() -> None:
    words = freeroam.Words("PointMaze-Large-v0")
    with pytest.raises(freeroam.InputError, match="purple"):
        words.goal_of("the purple elephant")
    with pytest.raises(freeroam.InputError, match=r"split is `test`.*`held_out`"):
        words.describe(PLACE, split="test")  # type: ignore[arg-type]
    with pytest.raises(freeroam.InputError, match=r"the observation has shape \(3,\), expected \(2,\)"):
        words.describe(np.zeros(3, np.float32))
    with pytest.raises(freeroam.InputError, match="start has 3 numbers"):
        words.follow("go two rooms west", [0.0, 1.0, 2.0])
