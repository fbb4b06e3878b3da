//! How well a number keeps to an interval: `dm_control`'s primitive of rewards (Tassa et al., 2018, sec. 3.1).
//!
//! Inside the interval it is 1. Outside it falls with the distance to the nearest bound, along a sigmoid, to a given value at
//! a distance of one margin.

use rapier3d::math::ComplexField;

/// How the value falls, with `x` the distance in margins and `v` the value at one margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sigmoid {
    /// `exp(x^2 ln v)`; never 0.
    Gaussian,
    /// `1 / cosh(x arccosh(1 / v))`; never 0.
    Hyperbolic,
    /// `1 / (x^2 (1 / v - 1) + 1)`; never 0.
    LongTail,
    /// `1 / (x (1 / v - 1) + 1)`; never 0.
    Reciprocal,
    /// A half wave of a cosine; 0 from where it ends.
    Cosine,
    /// `1 - x (1 - v)`, not below 0.
    Linear,
    /// `1 - x^2 (1 - v)`, not below 0.
    Quadratic,
    /// `1 - tanh(x artanh(sqrt(1 - v)))^2`; never 0.
    TanhSquared,
}

/// An interval and how the value falls outside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Lowest and highest number that are worth 1; may be infinite.
    pub bounds: [f32; 2],
    /// Distance from the bounds at which the value is `at_margin`; at 0, everything outside is worth 0.
    pub margin: f32,
    /// Value at that distance: below 1, and above 0 where the sigmoid never reaches 0.
    pub at_margin: f32,
    /// How the value falls.
    pub sigmoid: Sigmoid,
}

impl Tolerance {
    /// At least `low`, falling as a bell to 0.1 at a distance of `margin`.
    #[must_use]
    pub const fn at_least(low: f32, margin: f32) -> Self {
        Self { bounds: [low, f32::INFINITY], margin, at_margin: 0.1, sigmoid: Sigmoid::Gaussian }
    }

    /// At least `low`, falling on a line to `at_margin` at a distance of `margin`.
    #[must_use]
    pub const fn at_least_linear(low: f32, margin: f32, at_margin: f32) -> Self {
        Self { bounds: [low, f32::INFINITY], margin, at_margin, sigmoid: Sigmoid::Linear }
    }

    /// The value of a number, 0 to 1; that of NaN is NaN.
    #[must_use]
    pub fn of(&self, number: f32) -> f32 {
        let [low, high] = self.bounds;
        if number.is_nan() || (low..=high).contains(&number) {
            return if number.is_nan() { number } else { 1.0 };
        }
        if self.margin == 0.0 {
            return 0.0;
        }
        let x = (low - number).max(number - high) / self.margin;
        let v = self.at_margin;
        // The functions of `ComplexField` have the same bits on every machine.
        match self.sigmoid {
            Sigmoid::Gaussian => ComplexField::exp(x * x * ComplexField::ln(v)),
            Sigmoid::Hyperbolic => ComplexField::cosh(x * ComplexField::acosh(1.0 / v)).recip(),
            Sigmoid::LongTail => (x * x * (1.0 / v - 1.0) + 1.0).recip(),
            Sigmoid::Reciprocal => (x * (1.0 / v - 1.0) + 1.0).recip(),
            Sigmoid::Cosine => {
                let turned = x * ComplexField::acos(2.0 * v - 1.0);
                if turned < std::f32::consts::PI { 0.5 * (1.0 + ComplexField::cos(turned)) } else { 0.0 }
            }
            Sigmoid::Linear => (1.0 - x * (1.0 - v)).max(0.0),
            Sigmoid::Quadratic => (1.0 - x * x * (1.0 - v)).max(0.0),
            Sigmoid::TanhSquared => {
                let fallen = ComplexField::tanh(x * ComplexField::atanh((1.0 - v).sqrt()));
                1.0 - fallen * fallen
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Sigmoid; 8] = [
        Sigmoid::Gaussian,
        Sigmoid::Hyperbolic,
        Sigmoid::LongTail,
        Sigmoid::Reciprocal,
        Sigmoid::Cosine,
        Sigmoid::Linear,
        Sigmoid::Quadratic,
        Sigmoid::TanhSquared,
    ];

    fn near(got: f32, expected: f32, what: &dyn std::fmt::Debug) {
        assert!((got - expected).abs() < 1e-5, "{what:?}: {got}, expected {expected}");
    }

    #[test]
    fn it_is_one_inside_and_as_told_at_the_margin() {
        for sigmoid in ALL {
            let tolerance = Tolerance { bounds: [-1.0, 2.0], margin: 0.5, at_margin: 0.1, sigmoid };
            for inside in [-1.0, 0.3, 2.0] {
                assert_eq!(tolerance.of(inside), 1.0, "{sigmoid:?}");
            }
            for at_margin in [-1.5, 2.5] {
                near(tolerance.of(at_margin), 0.1, &sigmoid);
            }
            let falling = [0.1, 0.2, 0.4, 0.6, 0.9].map(|beside| tolerance.of(2.0 + beside));
            assert!(falling.windows(2).all(|pair| pair[0] >= pair[1]), "{sigmoid:?}: {falling:?}");
            assert!(tolerance.of(f32::NAN).is_nan());
        }
    }

    /// Values of `dm_control` 1.0.50:
    /// `rewards.tolerance(x, bounds=(1, 2), margin=2, sigmoid=name, value_at_margin=0.3)` for x = 0, 3.5 and 6.
    #[test]
    fn it_has_dm_controls_values() {
        let expected = [
            [0.740083, 0.508020, 0.008100],
            [0.679366, 0.462717, 0.047120],
            [0.631579, 0.432432, 0.096774],
            [0.461538, 0.363636, 0.176471],
            [0.773861, 0.541981, 0.000000],
            [0.650000, 0.475000, 0.000000],
            [0.825000, 0.606250, 0.000000],
            [0.707779, 0.481734, 0.031142],
        ];
        for (sigmoid, values) in ALL.into_iter().zip(expected) {
            let tolerance = Tolerance { bounds: [1.0, 2.0], margin: 2.0, at_margin: 0.3, sigmoid };
            for (number, value) in [0.0, 3.5, 6.0].into_iter().zip(values) {
                near(tolerance.of(number), value, &sigmoid);
            }
        }
    }

    #[test]
    fn without_a_margin_it_is_a_yes_or_no() {
        let tolerance = Tolerance { margin: 0.0, ..Tolerance::at_least(1.2, 0.6) };
        assert_eq!([tolerance.of(1.19), tolerance.of(1.2), tolerance.of(f32::INFINITY)], [0.0, 1.0, 1.0]);
        near(Tolerance::at_least_linear(8.0, 4.0, 0.5).of(0.0), 0.0, &"dm_control's run speed, at rest");
    }
}
