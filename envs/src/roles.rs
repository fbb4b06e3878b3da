//! What the channels of an observation are for.

use std::ops::Range;

/// Roles of the channels of an observation. By default all are real numbers that a policy sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roles {
    /// The first channels, where they are whole numbers; policies see them one-hot.
    pub categories: Option<Categories>,
    /// The channels that are for measuring alone: no policy and no objective gets them.
    pub measured: Range<usize>,
    /// What an episode is measured by.
    pub gauges: Vec<Gauge>,
}

/// The first channels of an observation, where they are whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Categories {
    /// How many channels they are.
    pub channels: usize,
    /// Each of them is one of 0 to `classes - 1`.
    pub classes: usize,
}

impl Categories {
    /// Numbers of all of them, one-hot.
    #[must_use]
    pub fn width(self) -> usize {
        self.channels * self.classes
    }

    /// The class that a number of an observation says: the nearest that there is.
    #[must_use]
    pub fn class(self, number: f32) -> usize {
        // Casts of floats saturate.
        (number.round() as usize).min(self.classes - 1)
    }
}

/// What an episode is measured by: a channel of its last observation, or the ratio of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// Name in metrics, lower snake case.
    pub name: &'static str,
    /// What it says, for reports.
    pub words: &'static str,
    /// The channel.
    pub of: usize,
    /// The channel that it is divided by.
    pub per: Option<usize>,
}

impl Gauge {
    /// What the last `observation` of an episode says; nothing where it would be divided by 0.
    ///
    /// # Panics
    /// When `observation` is shorter than [`crate::Spec::observation`].
    #[must_use]
    pub fn read(&self, observation: &[f32]) -> Option<f64> {
        let of = f64::from(observation[self.of]);
        match self.per.map(|per| f64::from(observation[per])) {
            None => Some(of),
            Some(per) => (per != 0.0).then(|| of / per),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_without_anything_to_divide_by_say_nothing() {
        let gauge = Gauge { name: "share", words: "share", of: 0, per: Some(1) };
        assert_eq!([[1.0, 2.0], [1.0, 0.0]].map(|row| gauge.read(&row)), [Some(0.5), None]);
        assert_eq!(Gauge { per: None, ..gauge }.read(&[3.0, 0.0]), Some(3.0));
    }

    #[test]
    fn numbers_mean_the_nearest_class() {
        let categories = Categories { channels: 2, classes: 4 };
        assert_eq!([-1.0, 0.4, 2.6, 9.0].map(|number| categories.class(number)), [0, 0, 3, 3]);
        assert_eq!(categories.width(), 8);
    }
}
