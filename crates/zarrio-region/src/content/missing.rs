//! Which stored values mean that there is none.

use zarrio_model::{Attributes, Scalar, cf};

/// The values of a variable that mean missing (CF 2.5.1), as they are stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Missing {
    pub(crate) ints: Vec<i128>,
    pub(crate) floats: Vec<f64>,
}

impl Missing {
    /// What the `_FillValue` and `missing_value` of a variable's attributes say. NaN is always missing.
    pub(crate) fn of(attributes: &Attributes) -> Self {
        let mut missing = Self::default();
        for name in cf::MISSING {
            let Some(value) = attributes.get(name) else {
                continue;
            };
            for scalar in (0..value.len()).filter_map(|i| value.get(i)) {
                missing.push(&scalar);
            }
        }
        missing
    }

    fn push(&mut self, scalar: &Scalar) {
        let (int, float): (Option<i128>, f64) = match scalar {
            Scalar::Int8(v) => (Some((*v).into()), f64::from(*v)),
            Scalar::UInt8(v) => (Some((*v).into()), f64::from(*v)),
            Scalar::Int16(v) => (Some((*v).into()), f64::from(*v)),
            Scalar::UInt16(v) => (Some((*v).into()), f64::from(*v)),
            Scalar::Int32(v) => (Some((*v).into()), f64::from(*v)),
            Scalar::UInt32(v) => (Some((*v).into()), f64::from(*v)),
            Scalar::Int64(v) => (Some((*v).into()), *v as f64),
            Scalar::UInt64(v) => (Some((*v).into()), *v as f64),
            Scalar::Float32(v) => (whole((*v).into()), (*v).into()),
            Scalar::Float64(v) => (whole(*v), *v),
            Scalar::String(_) => return,
        };
        if let Some(int) = int.filter(|int| !self.ints.contains(int)) {
            self.ints.push(int);
        }
        if !float.is_nan() && !self.floats.contains(&float) {
            self.floats.push(float);
        }
    }
}

/// A number that a file declares as floating-point although the variable is of integers.
fn whole(value: f64) -> Option<i128> {
    (value.fract() == 0.0 && value.abs() < 2f64.powi(64)).then_some(value as i128)
}

#[cfg(test)]
mod tests {
    use zarrio_model::AttributeValue;

    use super::*;

    #[test]
    fn both_attributes_count_once() {
        let mut attributes = Attributes::new();
        attributes.set("_FillValue", AttributeValue::Int16(vec![-1]));
        attributes.set(
            "missing_value",
            AttributeValue::Float32(vec![-1.0, 1e20, f32::NAN]),
        );
        let missing = Missing::of(&attributes);
        assert_eq!(missing.floats, [-1.0, f64::from(1e20_f32)]);
        assert_eq!(missing.ints, [-1]);
    }
}
