//! A number with its interval.

use std::fmt;

use freeroam_trainer::Number;
use serde::{Deserialize, Serialize};

/// A number, with the bounds of its interval where one was computed.
///
/// `{}` prints four significant digits, `{:.1}` one decimal.
///
/// ```
/// use freeroam_eval::stats::Estimate;
/// assert_eq!(Estimate::within(212.34, 200.0, 224.5).to_string(), "212.3 [200, 224.5]");
/// assert_eq!(format!("{:.2}", Estimate::exact(0.5)), "0.50");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower bound of the interval, 95 % where nothing else is said.
    pub low: Option<f64>,
    /// Upper bound of the interval.
    pub high: Option<f64>,
}

/// The form in JSON, which has no NaN and no infinities of its own.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    value: Number,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<Number>,
}

impl From<Estimate> for Saved {
    fn from(Estimate { value, low, high }: Estimate) -> Self {
        Self { value: Number(value), low: low.map(Number), high: high.map(Number) }
    }
}

impl From<Saved> for Estimate {
    fn from(Saved { value, low, high }: Saved) -> Self {
        Self { value: value.0, low: low.map(|low| low.0), high: high.map(|high| high.0) }
    }
}

impl Estimate {
    /// A number without an interval.
    #[must_use]
    pub fn exact(value: f64) -> Self {
        Self { value, low: None, high: None }
    }

    /// A number with its interval.
    #[must_use]
    pub fn within(value: f64, low: f64, high: f64) -> Self {
        Self { value, low: Some(low), high: Some(high) }
    }

    /// Whether an interval was computed.
    #[must_use]
    pub fn has_interval(&self) -> bool {
        self.low.is_some() && self.high.is_some()
    }

    /// The lower bound, or the value where there is none.
    #[must_use]
    pub fn lower(&self) -> f64 {
        self.low.unwrap_or(self.value)
    }

    /// The upper bound, or the value where there is none.
    #[must_use]
    pub fn upper(&self) -> f64 {
        self.high.unwrap_or(self.value)
    }

    /// Whether the whole interval lies above that of `other`.
    #[must_use]
    pub fn clearly_above(&self, other: &Self) -> bool {
        self.lower() > other.upper()
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let precision = f.precision();
        let show = |x: f64| match precision {
            Some(digits) => format!("{x:.digits$}"),
            None => significant(x),
        };
        f.write_str(&show(self.value))?;
        if let (Some(low), Some(high)) = (self.low, self.high) {
            write!(f, " [{}, {}]", show(low), show(high))?;
        }
        Ok(())
    }
}

/// `x` with four significant digits and no trailing zeros.
fn significant(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let decimals = (3 - x.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_with_four_digits() {
        let all = [0.0, 1.0, -0.5, 0.012_345, 212.0, 99_999.6, 1e-5].map(significant);
        assert_eq!(all, ["0", "1", "-0.5", "0.01235", "212", "100000", "0.00001"]);
    }

    #[test]
    fn bounds_are_saved_only_where_there_are_any() {
        let text = serde_json::to_string(&[Estimate::exact(1.5), Estimate::within(1.0, 0.5, 2.0)]).expect("serialises");
        assert_eq!(text, r#"[{"value":1.5},{"value":1.0,"low":0.5,"high":2.0}]"#);
        let back: Vec<Estimate> = serde_json::from_str(&text).expect("deserialises");
        assert_eq!(back[1].low, Some(0.5));
        assert!(back[1].has_interval() && !back[0].has_interval());
        assert!(back[0].low.is_none() && !back[0].clearly_above(&back[1]));
    }

    #[test]
    fn numbers_that_json_does_not_have_read_back() {
        let text = serde_json::to_string(&Estimate::within(f64::NAN, f64::NEG_INFINITY, 2.0)).expect("serialises");
        assert_eq!(text, r#"{"value":"NaN","low":"-inf","high":2.0}"#);
        let back: Estimate = serde_json::from_str(&text).expect("deserialises");
        assert!(back.value.is_nan());
        assert_eq!((back.low, back.high), (Some(f64::NEG_INFINITY), Some(2.0)));
    }
}
