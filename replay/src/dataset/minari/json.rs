//! JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` are numbers there.

use std::fmt::Write;

use super::Bounds;

/// Words that are no JSON.
const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// Reads JSON; the numbers that have no place in it become null.
pub(crate) fn parse(text: &str) -> serde_json::Result<serde_json::Value> {
    let mut strict = String::with_capacity(text.len());
    let (mut rest, mut in_string) = (text, false);
    while let Some(first) = rest.chars().next() {
        let word = WORDS.iter().find(|word| !in_string && rest.starts_with(**word));
        let length = match (first, word) {
            (_, Some(word)) => {
                strict.push_str("null");
                word.len()
            }
            // What is escaped does not end the string.
            ('\\', None) => {
                let escaped = rest[1..].chars().next().map_or(0, char::len_utf8);
                strict.push_str(&rest[..1 + escaped]);
                1 + escaped
            }
            (_, None) => {
                in_string ^= first == '"';
                strict.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    serde_json::from_str(&strict)
}

/// A space of real numbers, as Minari keeps it: `{"type": "Box", "dtype": "float32", "shape": [n], "low": [..], "high":
/// [..]}`.
pub(crate) fn space(bounds: &Bounds) -> String {
    let width = bounds.low.len();
    let mut text = format!(r#"{{"type": "Box", "dtype": "float32", "shape": [{width}], "low": ["#);
    list(&mut text, &bounds.low);
    text.push_str(r#"], "high": ["#);
    list(&mut text, &bounds.high);
    text.push_str("]}");
    text
}

fn list(text: &mut String, numbers: &[f32]) {
    for (index, &number) in numbers.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { ", " });
        let written = match number {
            f32::INFINITY => write!(text, "Infinity"),
            f32::NEG_INFINITY => write!(text, "-Infinity"),
            number if number.is_nan() => write!(text, "NaN"),
            // The shortest decimal that is this float32 is also read as such.
            number => write!(text, "{number:?}"),
        };
        written.expect("a string takes all");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_no_json_become_null() {
        let value =
            parse(r#"{"a": [NaN, -Infinity, Infinity, 1.5], "NaN": "Infinity \" NaN", "b": "\\"}"#).expect("reads");
        assert_eq!(value["a"], serde_json::json!([null, null, null, 1.5]));
        assert_eq!((&value["NaN"], &value["b"]), (&"Infinity \" NaN".into(), &"\\".into()));
        assert!(parse("{\"a\": \"\\").is_err() && parse("").is_err());
    }

    #[test]
    fn a_space_has_its_bounds() {
        let bounds = Bounds { low: vec![f32::NEG_INFINITY, -1.0], high: vec![f32::INFINITY, 0.1] };
        let expected =
            r#"{"type": "Box", "dtype": "float32", "shape": [2], "low": [-Infinity, -1.0], "high": [Infinity, 0.1]}"#;
        assert_eq!(space(&bounds), expected);
    }
}
