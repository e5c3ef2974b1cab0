//! The chunk lengths of the Python zarrio, to the number.

use zarrio_model::config::AccessPattern;

/// Names of the time dimension, in lower case. Every other dimension counts as space.
const TIME: [&str; 5] = ["time", "t", "time_counter", "forecast_time", "datetime"];

/// What the Python zarrio recommends for dimensions with these lengths, elements of
/// `element_size` bytes, and chunks of about `target_bytes`.
///
/// Its element size is that of the first data variable, whichever that is. Lengths may
/// exceed the dimensions, as there: whoever applies them cuts them.
///
/// With `T` the length of time, `E = target / element size` and `N` dimensions of space:
///
/// | pattern | along time | least length in space |
/// | --- | --- | --- |
/// | temporal | `min(100, max(10, T / 10))` | 10 |
/// | spatial | `min(20, max(5, T / 50))` | 50 |
/// | balanced | `min(50, max(10, T / 20))` | 30 |
///
/// and in space `max(least, min(⌊(E / time chunk)^(1/N)⌋, length))`.
/// Without a time dimension it is `min(length, min(50, max(10, ⌊E^(1/N)⌋)))`, and for the
/// spatial pattern `min(length, min(100, max(30, ⌊E^(1/N)⌋)))`.
#[must_use]
pub(crate) fn classic_lengths(
    dimensions: &[(&str, u64)],
    element_size: u64,
    pattern: AccessPattern,
    target_bytes: u64,
) -> Vec<u64> {
    let elements = target_bytes / element_size.max(1);
    let time = dimensions
        .iter()
        .position(|(name, _)| TIME.contains(&name.to_ascii_lowercase().as_str()));
    let Some(time) = time else {
        let side = root(elements as f64, dimensions.len());
        let (least, most) = match pattern {
            AccessPattern::Spatial => (30, 100),
            AccessPattern::Temporal | AccessPattern::Balanced => (10, 50),
        };
        let chunk = side.max(least).min(most);
        return dimensions.iter().map(|(_, n)| chunk.min(*n)).collect();
    };
    let steps = dimensions[time].1;
    let (time_chunk, least) = match pattern {
        AccessPattern::Temporal => ((steps / 10).clamp(10, 100), 10),
        AccessPattern::Spatial => ((steps / 50).clamp(5, 20), 50),
        AccessPattern::Balanced => ((steps / 20).clamp(10, 50), 30),
    };
    let side = root(elements as f64 / time_chunk as f64, dimensions.len() - 1);
    let chunk = |(i, (_, n)): (usize, &(&str, u64))| {
        if i == time {
            time_chunk
        } else {
            side.min(*n).max(least)
        }
    };
    dimensions.iter().enumerate().map(chunk).collect()
}

/// The whole part of the `n`-th root.
fn root(value: f64, n: usize) -> u64 {
    if n == 0 {
        return 1;
    }
    value.powf(1.0 / n as f64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use AccessPattern::{Balanced, Spatial, Temporal};

    /// Dimensions, target in MiB, pattern, chunk lengths, and MiB of a chunk cut to its
    /// dimensions; measured with the Python tool on 32-bit floats.
    type Case = (
        &'static [(&'static str, u64)],
        u64,
        AccessPattern,
        &'static [u64],
        f64,
    );

    const MEASURED: &[Case] = &[
        (
            &[("time", 3650), ("lat", 180), ("lon", 360)],
            50,
            Temporal,
            &[100, 180, 360],
            24.719,
        ),
        (
            &[("time", 3650), ("lat", 180), ("lon", 360)],
            50,
            Spatial,
            &[20, 180, 360],
            4.944,
        ),
        (
            &[("time", 3650), ("lat", 180), ("lon", 360)],
            50,
            Balanced,
            &[50, 180, 360],
            12.360,
        ),
        (
            &[("time", 365), ("lat", 720), ("lon", 1440)],
            50,
            Spatial,
            &[7, 720, 1368],
            26.301,
        ),
        (
            &[("time", 1825), ("lat", 360), ("lon", 720)],
            50,
            Balanced,
            &[50, 360, 512],
            35.156,
        ),
        (
            &[("time", 1000), ("lat", 180), ("lon", 360)],
            50,
            Temporal,
            &[100, 180, 360],
            24.719,
        ),
        (
            &[("time", 8760), ("lat", 1800), ("lon", 3600)],
            50,
            Temporal,
            &[100, 362, 362],
            49.989,
        ),
        (
            &[("time", 8760), ("lat", 1800), ("lon", 3600)],
            50,
            Spatial,
            &[20, 809, 809],
            49.933,
        ),
        (
            &[("time", 8760), ("lat", 1800), ("lon", 3600)],
            50,
            Balanced,
            &[50, 512, 512],
            50.0,
        ),
        (
            &[("time", 1825), ("lat", 720), ("lon", 1440)],
            50,
            Temporal,
            &[100, 362, 362],
            49.99,
        ),
        (
            &[("time", 1825), ("lat", 720), ("lon", 1440)],
            50,
            Spatial,
            &[20, 720, 809],
            44.44,
        ),
        (
            &[("time", 1825), ("lat", 720), ("lon", 1440)],
            50,
            Balanced,
            &[50, 512, 512],
            50.0,
        ),
        (
            &[("time", 1000), ("lat", 500), ("lon", 1000)],
            100,
            Balanced,
            &[50, 500, 724],
            69.046,
        ),
        (
            &[("time", 100), ("lat", 180), ("lon", 360)],
            50,
            Temporal,
            &[10, 180, 360],
            2.472,
        ),
        (
            &[("time", 100), ("lat", 180), ("lon", 360)],
            50,
            Spatial,
            &[5, 180, 360],
            1.236,
        ),
        (
            &[("time", 100), ("lat", 180), ("lon", 360)],
            50,
            Balanced,
            &[10, 180, 360],
            2.472,
        ),
        (
            &[("time", 24), ("depth", 40), ("lat", 300), ("lon", 300)],
            50,
            Balanced,
            &[10, 40, 109, 109],
            18.129,
        ),
        (
            &[("time", 5), ("lat", 3), ("lon", 4)],
            50,
            Balanced,
            &[10, 30, 30],
            0.0,
        ),
        (&[("x", 500), ("y", 500)], 50, Balanced, &[50, 50], 0.010),
        (&[("x", 500), ("y", 500)], 50, Spatial, &[100, 100], 0.038),
        (
            &[("time", 100), ("a", 60), ("b", 60), ("c", 60), ("d", 60)],
            50,
            Spatial,
            &[5, 50, 50, 50, 50],
            119.2,
        ),
        (&[("time", 1000)], 50, Temporal, &[100], 0.0),
    ];

    #[test]
    fn the_numbers_are_those_of_the_python_tool() {
        for (dimensions, target, pattern, lengths, mebibytes) in MEASURED {
            let found = classic_lengths(dimensions, 4, *pattern, target << 20);
            assert_eq!(found, *lengths, "{dimensions:?} {pattern}");
            let cells = dimensions.iter().zip(&found).map(|((_, n), c)| n.min(c));
            let size = cells.product::<u64>() as f64 * 4.0 / f64::from(1 << 20);
            assert!(
                (size - mebibytes).abs() < 0.06,
                "{dimensions:?} {pattern}: {size}"
            );
        }
    }

    #[test]
    fn names_of_time_have_any_case() {
        for name in ["Time", "T", "TIME_COUNTER", "forecast_time", "DateTime"] {
            let found = classic_lengths(&[("y", 90), (name, 2000)], 4, Temporal, 50 << 20);
            assert_eq!(found, [90, 100], "{name}");
        }
        // Any other name is space.
        let found = classic_lengths(&[("depth", 90), ("hour", 2000)], 8, Spatial, 50 << 20);
        assert_eq!(found, [90, 100]);
    }

    #[test]
    fn nothing_is_no_trouble() {
        assert_eq!(classic_lengths(&[], 0, Balanced, 0), Vec::<u64>::new());
        assert_eq!(classic_lengths(&[("time", 0)], 4, Balanced, 0), [10]);
        assert_eq!(classic_lengths(&[("x", 0)], 4, Balanced, 0), [0]);
    }
}
