//! Numbers as people read them.

use std::time::Duration;

const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];

/// A size with three digits: `512 B`, `1.37 GiB`, `102 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // Whatever would be rounded to 1024 is one of the next unit.
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", three_digits(value), UNITS[unit])
}

/// Megabytes (of a million bytes) per second: `412 MB/s`.
pub(crate) fn speed(bytes: u64, time: Duration) -> String {
    format!("{} MB/s", three_digits(megabytes_per_second(bytes, time)))
}

/// The number behind [`speed`]; 0 when no time has passed.
pub(crate) fn megabytes_per_second(bytes: u64, time: Duration) -> f64 {
    let seconds = time.as_secs_f64();
    if seconds > 0.0 {
        bytes as f64 / 1e6 / seconds
    } else {
        0.0
    }
}

/// A duration: `5 ms`, `0.82 s`, `42.1 s`, `3 min 5 s`, `2 h 10 min`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if time.as_millis() < 100 {
        return format!("{} ms", time.as_millis().max(1));
    }
    if seconds < 60 {
        return format!("{} s", three_digits(time.as_secs_f64()));
    }
    if seconds < 3600 {
        return format!("{} min {} s", seconds / 60, seconds % 60);
    }
    format!("{} h {} min", seconds / 3600, seconds % 3600 / 60)
}

/// Seconds that somebody guessed: `2 s`, `3 min 5 s`.
pub(crate) fn about(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => duration(Duration::from_secs(seconds)),
    }
}

/// A number of any size with three digits: `0.00114`, `273`, `1.2e-9`.
pub(crate) fn short(value: f64) -> String {
    let rounded = format!("{value:.2e}").parse().unwrap_or(value);
    if rounded == 0.0 || (1e-5..1e7).contains(&rounded.abs()) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

/// How many times smaller: `7.21`.
pub(crate) fn ratio(ratio: f64) -> String {
    three_digits(ratio)
}

/// `raw / stored` where there is something stored.
pub(crate) fn ratio_of(raw: u64, stored: u64) -> Option<f64> {
    (stored > 0 && raw > 0).then(|| raw as f64 / stored as f64)
}

/// A count and its noun: `1 chunk`, `1,440 chunks`.
pub(crate) fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// Digits in groups of three: `1,440`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Lengths along dimensions: `744 × 361 × 720`.
pub(crate) fn shape(lengths: &[u64]) -> String {
    lengths
        .iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(" × ")
}

/// An array and its chunks: `744 × 361 in chunks of 100 × 361`, `744 × 361 in one chunk`;
/// nothing for a scalar.
pub(crate) fn chunked(lengths: &[u64], chunks: &[u64]) -> Option<String> {
    if lengths.is_empty() {
        return None;
    }
    if lengths
        .iter()
        .zip(chunks)
        .all(|(length, chunk)| chunk >= length)
    {
        return Some(format!("{} in one chunk", shape(lengths)));
    }
    Some(format!("{} in chunks of {}", shape(lengths), shape(chunks)))
}

fn three_digits(value: f64) -> String {
    let decimals = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let check = |n, text: &str| assert_eq!(bytes(n), text);
        check(0, "0 B");
        check(1023, "1023 B");
        check(1024, "1.00 KiB");
        check(102 << 20, "102 MiB");
        check((1 << 20) - 1, "1.00 MiB");
        check(1_471_026_299, "1.37 GiB");
        check(u64::MAX, "16384 PiB");
    }

    #[test]
    fn times_speeds_and_counts() {
        let seconds = Duration::from_secs_f64;
        assert_eq!(duration(seconds(0.00021)), "1 ms");
        assert_eq!(duration(seconds(0.0521)), "52 ms");
        assert_eq!(duration(seconds(0.8211)), "0.82 s");
        assert_eq!(duration(seconds(42.13)), "42.1 s");
        assert_eq!(duration(seconds(185.0)), "3 min 5 s");
        assert_eq!(duration(seconds(7800.0)), "2 h 10 min");
        assert_eq!(speed(824_000_000, seconds(2.0)), "412 MB/s");
        assert_eq!(speed(824_000_000, seconds(0.0)), "0.00 MB/s");
        assert_eq!(count(1, "chunk"), "1 chunk");
        assert_eq!(count(1_234_567, "chunk"), "1,234,567 chunks");
        assert_eq!(shape(&[744, 361]), "744 × 361");
        assert_eq!(ratio_of(10, 0), None);
    }
}
