//! Who chooses among wordings: chance, or one after another.

use crate::Stream;

/// Chooses.
pub(super) trait Choose {
    /// One of `count` choices; `count` is positive.
    fn choose(&mut self, count: usize) -> usize;
}

impl Choose for Stream {
    fn choose(&mut self, count: usize) -> usize {
        self.below(count)
    }
}

/// Runs through all sequences of choices, like the wheels of a counter. The number of choices may depend on those before.
#[derive(Clone, Debug, Default)]
pub(super) struct Counter {
    /// Choice and number of choices.
    wheels: Vec<(usize, usize)>,
    at: usize,
}

impl Counter {
    /// Goes to the next sequence; false when all have been.
    pub(super) fn advance(&mut self) -> bool {
        self.wheels.truncate(self.at);
        self.at = 0;
        while let Some((choice, count)) = self.wheels.pop() {
            if choice + 1 < count {
                self.wheels.push((choice + 1, count));
                return true;
            }
        }
        false
    }
}

impl Choose for Counter {
    fn choose(&mut self, count: usize) -> usize {
        if self.at == self.wheels.len() {
            self.wheels.push((0, count));
        }
        self.at += 1;
        self.wheels[self.at - 1].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_takes_every_way_once() {
        let mut counter = Counter::default();
        let mut seen = Vec::new();
        loop {
            let first = counter.choose(3);
            // As many further choices as the first says.
            seen.push((0..first).fold(first.to_string(), |text, _| format!("{text}{}", counter.choose(2))));
            if !counter.advance() {
                break;
            }
        }
        assert_eq!(seen, ["0", "10", "11", "200", "201", "210", "211"]);
    }
}
