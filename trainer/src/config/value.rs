//! Fitting a value to the type of its default.

use toml::Value;

/// Integers beyond this are not all representable as `f64`, so `1e17` is refused as a count.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// `value` as the type of `default`: integers stand for floats, integral floats such as `1e6` for integers.
///
/// Gives back the value and what was expected when it does not fit.
pub(super) fn fit(value: Value, default: &Value) -> Result<Value, (Value, String)> {
    match (value, default) {
        (Value::Integer(number), Value::Float(_)) => Ok(Value::Float(number as f64)),
        (Value::Float(number), Value::Integer(_)) if number.fract() == 0.0 && number.abs() <= EXACT => {
            Ok(Value::Integer(number as i64))
        }
        (Value::Array(items), Value::Array(defaults)) => {
            let Some(first) = defaults.first() else {
                return Ok(Value::Array(items));
            };
            let whole = Value::Array(items.clone());
            let fitted: Result<Vec<Value>, _> = items.into_iter().map(|item| fit(item, first)).collect();
            fitted.map(Value::Array).map_err(|(_, expected)| (whole, format!("an array, each item {expected}")))
        }
        (value, default) if value.same_type(default) => Ok(value),
        (value, default) => Err((value, expected(default))),
    }
}

fn expected(default: &Value) -> String {
    match default {
        Value::String(_) => "a string".into(),
        Value::Integer(_) => "an integer".into(),
        Value::Float(_) => "a number".into(),
        Value::Boolean(_) => "true or false".into(),
        Value::Datetime(_) => "a date and time".into(),
        Value::Array(_) => "an array".into(),
        Value::Table(table) => {
            let keys: Vec<&str> = table.keys().map(String::as_str).collect();
            format!("a table with the keys {}", keys.join(", "))
        }
    }
}
