//! What storing floating-point numbers as integers would bring.

use serde::Serialize;

/// What packing one variable would bring.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackingOutlook {
    /// The variable.
    pub variable: String,
    /// The type as it is stored now.
    pub data_type: String,
    /// The smallest value that was found.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Which part of all values was looked at, from 0 to 1.
    pub sampled: f64,
    /// What integers of each size would do.
    pub bits: Vec<PackedBits>,
}

/// Integers of one size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackedBits {
    /// The bits of an integer.
    pub bits: u32,
    /// The distance between two values that can be told apart.
    pub step: f64,
    /// The largest distance of a value from what is stored for it.
    pub largest_error: f64,
    /// How many times smaller the values become before compression.
    pub saving: f64,
}

/// What packing values of `element_size` bytes between `min` and `max` would bring.
///
/// One code is kept for missing values, so that `b` bits tell `2^b - 1` values apart; a
/// value is at most half a step away from the nearest one.
///
/// ```
/// use zarrio_region::outlook;
///
/// let [eight, sixteen] = outlook(0.0, 254.0, 4);
/// assert_eq!((eight.step, eight.largest_error, eight.saving), (1.0, 0.5, 4.0));
/// assert!(sixteen.step < 0.004);
/// ```
#[must_use]
pub fn outlook(min: f64, max: f64, element_size: u64) -> [PackedBits; 2] {
    [8_u32, 16].map(|bits| {
        let steps = f64::from((1_u32 << bits) - 2);
        // A difference may overflow where both ends are finite.
        let step = max / steps - min / steps;
        PackedBits {
            bits,
            step,
            largest_error: step / 2.0,
            saving: element_size as f64 * 8.0 / f64::from(bits),
        }
    })
}
