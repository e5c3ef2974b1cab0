//! A stored number of any type, exact.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A stored number: whole numbers of all types are exact, those of both floating-point types
/// are binary64.
///
/// As JSON it is a number, and text where JSON has none for it: `"Infinity"`, `"-Infinity"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Of an integer type.
    Int(i128),
    /// Of a floating-point type, never NaN.
    Float(f64),
}

impl Number {
    /// Whether this number is smaller than another of the same kind.
    #[must_use]
    pub(crate) fn is_below(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a < b,
            // By itself, so that nothing is made real that is: this is done for each row.
            (Self::Float(a), Self::Float(b)) => a < b,
            (a, b) => a.real() < b.real(),
        }
    }

    /// The number, rounded to binary64.
    #[must_use]
    pub fn real(self) -> f64 {
        match self {
            Self::Int(v) => v as f64,
            Self::Float(v) => v,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(v) => write!(f, "{v}"),
            Self::Float(v) if *v == 0.0 || (1e-5..1e16).contains(&v.abs()) => write!(f, "{v}"),
            Self::Float(v) => write!(f, "{v:e}"),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Int(v) => match (i64::try_from(v), u64::try_from(v)) {
                (Ok(v), _) => serializer.serialize_i64(v),
                (_, Ok(v)) => serializer.serialize_u64(v),
                _ => serializer.serialize_str(&v.to_string()),
            },
            Self::Float(v) if v.is_finite() => serializer.serialize_f64(v),
            Self::Float(v) if v > 0.0 => serializer.serialize_str("Infinity"),
            Self::Float(_) => serializer.serialize_str("-Infinity"),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let number = match &value {
            serde_json::Value::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
                (Some(v), _, _) => Some(Self::Int(v.into())),
                (_, Some(v), _) => Some(Self::Int(v.into())),
                (_, _, v) => v.map(Self::Float),
            },
            serde_json::Value::String(text) => match text.as_str() {
                "Infinity" => Some(Self::Float(f64::INFINITY)),
                "-Infinity" => Some(Self::Float(f64::NEG_INFINITY)),
                _ => None,
            },
            _ => None,
        };
        number.ok_or_else(|| serde::de::Error::custom(format!("{value} is no number")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_survive_json(int in any::<i64>(), large in any::<u64>(), bits in any::<u64>()) {
            let float = f64::from_bits(bits);
            let float = if float.is_nan() { 0.5 } else { float };
            let numbers =
                [Number::Int(int.into()), Number::Int(large.into()), Number::Float(float)];
            for number in numbers {
                let text = serde_json::to_string(&number).unwrap();
                let back: Number = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(back.real().to_bits(), number.real().to_bits(), "{}", text);
                if let Number::Int(_) = number {
                    prop_assert_eq!(back, number);
                }
            }
        }
    }

    #[test]
    fn infinities_are_words() {
        let text = serde_json::to_string(&Number::Float(f64::NEG_INFINITY)).unwrap();
        assert_eq!(text, "\"-Infinity\"");
        assert!(serde_json::from_str::<Number>("\"NaN\"").is_err());
        assert!(serde_json::from_str::<Number>("[]").is_err());
    }
}
