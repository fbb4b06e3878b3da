//! Numbers in JSON that come back with the same bits, infinities and NaN included.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number; JSON has no NaN and no infinities, they are the strings `"NaN"`, `"inf"` and `"-inf"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() { serializer.serialize_f64(self.0) } else { serializer.collect_str(&self.0) }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Finite(f64),
            Other(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Finite(number) => Ok(Self(number)),
            Form::Other(text) => text.parse().map(Self).map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back() {
        let hard = [0.1, -0.0, 5e-324, f64::MAX, 1.0 / 3.0, 1e23, 4e6, f64::INFINITY, f64::NEG_INFINITY];
        for number in hard {
            let text = serde_json::to_string(&Number(number)).expect("serialises");
            let back: Number = serde_json::from_str(&text).expect("deserialises");
            assert_eq!(number.to_bits(), back.0.to_bits(), "{text}");
        }
        let back: Number = serde_json::from_str("\"NaN\"").expect("deserialises");
        assert!(back.0.is_nan());
    }
}
