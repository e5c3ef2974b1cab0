//! Values as people read them.

use zarrio_region::Number;

/// A value; what is not whole with seven digits, which is what binary32 has.
pub(super) fn value(number: Number) -> String {
    match number {
        Number::Int(v) => v.to_string(),
        Number::Float(v) => short(v),
    }
}

/// A number with up to seven digits.
pub(super) fn short(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let rounded = format!("{value:.6e}").parse::<f64>().unwrap_or(value);
    Number::Float(rounded).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_digits() {
        let check = |value, text: &str| assert_eq!(short(value), text);
        check(250.100_006_103_515_62, "250.1");
        check(0.1 + 0.2, "0.3");
        check(-0.0, "-0");
        check(1e-30, "1e-30");
        check(1e22, "1e22");
        check(f64::INFINITY, "inf");
        check(1_234_567.0, "1234567");
        assert_eq!(value_of_int(), "9007199254740993");
    }

    fn value_of_int() -> String {
        value(Number::Int(9_007_199_254_740_993))
    }
}
