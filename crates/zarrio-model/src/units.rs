//! When two spellings of a physical unit are one.
//!
//! `m s-1`, `m/s` and `meters per second` are; `hPa` and `Pa` are not, because a number
//! would have to be changed. Nothing is ever converted here.

mod symbols;

use symbols::{canonical, phrase};

/// Whether two `units` attributes are the same unit, in other spellings at most. A variable
/// without the attribute is dimensionless (CF 3.1).
///
/// A unit is taken for a product of powers, as UDUNITS writes them. What is no such product,
/// or leaves a doubt, is the same only when it is spelled the same. A ratio of two equal
/// units keeps both: `mol mol-1` and `kg kg-1` count other things.
///
/// ```
/// use zarrio_model::same_units;
///
/// assert!(same_units(Some("kg m**-2 s**-1"), Some("kg/m2/s")));
/// assert!(same_units(Some("millibar"), Some("hPa")));
/// assert!(!same_units(Some("Pa"), Some("hPa")));
/// ```
#[must_use]
pub fn same_units(a: Option<&str>, b: Option<&str>) -> bool {
    let (a, b) = (a.unwrap_or_default().trim(), b.unwrap_or_default().trim());
    a == b || product(a).is_some_and(|a| Some(a) == product(b))
}

/// Symbols with their powers, sorted; a symbol may have a positive and a negative one.
type Product = Vec<(String, i32)>;

/// The product that a text means; `None` where that is not certain.
fn product(text: &str) -> Option<Product> {
    if let Some(symbol) = phrase(text) {
        return Some(vec![(symbol.to_owned(), 1)]);
    }
    let text = plain(text);
    let mut powers = Product::new();
    let (mut rest, mut divided) = (text.as_str(), false);
    while !rest.is_empty() {
        let (over, after) = separator(rest, rest.len() == text.len())?;
        // What `a/b c` divides by is read in two ways.
        if divided && !over {
            return None;
        }
        divided |= over;
        let (symbol, power, after) = factor(after)?;
        rest = after.trim_end();
        let power = if over { -power } else { power };
        if symbol == "1" {
            continue;
        }
        let same =
            |(known, p): &&mut (String, i32)| *known == symbol && p.signum() == power.signum();
        match powers.iter_mut().find(same) {
            Some((_, known)) => *known = known.checked_add(power)?,
            None => powers.push((symbol, power)),
        }
    }
    powers.sort_unstable();
    Some(powers)
}

/// A text in ASCII as far as units go: one sign for the product, digits on the line.
fn plain(text: &str) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let on_the_line = |c: char| match c {
        '⁻' => '-',
        '·' | '⋅' | '×' => '*',
        'µ' | 'μ' => 'u',
        c => match RAISED.iter().position(|raised| *raised == c) {
            Some(digit) => (b'0' + digit as u8) as char,
            None => c,
        },
    };
    text.trim().chars().map(on_the_line).collect()
}

/// Whether what follows is divided by, and what follows.
fn separator(rest: &str, first: bool) -> Option<(bool, &str)> {
    let text = rest.trim_start();
    if let Some(after) = text.strip_prefix('/') {
        return Some((true, after.trim_start()));
    }
    let blank = text.len() < rest.len();
    if let Some(after) = text.strip_prefix("per ").filter(|_| first || blank) {
        return Some((true, after.trim_start()));
    }
    if let Some(after) = text.strip_prefix(['*', '.']).filter(|_| !first) {
        return Some((false, after.trim_start()));
    }
    (first || blank).then_some((false, text))
}

/// A symbol and its power, and what comes after them.
fn factor(text: &str) -> Option<(String, i32, &str)> {
    let of_a_name = |c: char| c.is_alphabetic() || matches!(c, '_' | '%' | '°');
    let end = text.find(|c| !of_a_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        // Another number is a factor, which nobody multiplies by here.
        let rest = text.strip_prefix('1')?;
        let ends = rest.is_empty() || rest.starts_with([' ', '/', '*']) && !rest.starts_with("**");
        return ends.then(|| ("1".to_owned(), 1, rest));
    }
    let raised = rest.strip_prefix("**").or_else(|| rest.strip_prefix('^'));
    let power = raised.unwrap_or(rest);
    let digits = power.strip_prefix(['-', '+']).unwrap_or(power);
    let count = digits.len()
        - digits
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    let symbol = canonical(name);
    if count == 0 {
        let bare = raised.is_none() && digits.len() == power.len();
        return bare.then_some((symbol, 1, rest));
    }
    let (power, after) = power.split_at(power.len() - digits.len() + count);
    let power: i32 = power.parse().ok()?;
    // A power of zero says nothing, and one with a decimal point is none of these.
    let whole = power != 0 && power.unsigned_abs() < 100 && !is_fraction(after);
    whole.then_some((symbol, power, after))
}

/// Whether a number goes on behind its whole part.
fn is_fraction(after: &str) -> bool {
    let decimals = after.strip_prefix('.');
    decimals.is_some_and(|decimals| decimals.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(a: &str, b: &str) -> bool {
        assert_eq!(same_units(Some(a), Some(b)), same_units(Some(b), Some(a)));
        same_units(Some(a), Some(b))
    }

    #[test]
    fn spellings_of_one_unit_are_one() {
        for row in [
            &[
                "hPa",
                "mbar",
                "millibar",
                "millibars",
                "mb",
                "hectopascal",
                "hectopascals",
            ][..],
            &[
                "K",
                "kelvin",
                "Kelvin",
                "degK",
                "deg_K",
                "degrees_Kelvin",
                "degrees kelvin",
            ],
            &[
                "degC",
                "Celsius",
                "degree_Celsius",
                "degrees_C",
                "deg C",
                "degrees Celsius",
                "°C",
            ],
            &[
                "m s-1",
                "m/s",
                "m s**-1",
                "m s^-1",
                "m.s-1",
                "m*s-1",
                "m·s⁻¹",
                "meters per second",
            ],
            &[
                "kg m-2 s-1",
                "kg/m2/s",
                "kg m**-2 s**-1",
                "s-1 kg m-2",
                "kg/m^2/s",
                "kg m⁻² s⁻¹",
            ],
            &["%", "percent"],
            &["1", "", "dimensionless", "unitless", " "],
            &["s-1", "1/s", "1 / s", "per second", "1 s-1", "/s"],
            &["degrees_north", "degree_north", "degree_N", "degreesN"],
            &["degrees_east", "degree_E"],
            &["um", "µm", "μm", "micrometer", "micrometres", "micron"],
            &["W m-2", "watt/m2", "W/m**2", "Watts m-2"],
            &["mm day-1", "mm/d", "mm d-1", "millimeters per day"],
            &["J kg-1", "joules/kilogram"],
            &["m2 s-2", "m**2 s**-2", "m m s-1 s-1", "m^2/s^2"],
            &["psu kg-1", "psu/kg"],
        ] {
            for (a, b) in row.iter().flat_map(|a| row.iter().map(move |b| (a, b))) {
                assert!(same(a, b), "{a:?} and {b:?}");
            }
        }
        assert!(same_units(None, Some("1")) && !same_units(None, Some("m")));
    }

    #[test]
    fn other_units_and_whatever_leaves_a_doubt_are_not() {
        for (a, b) in [
            ("hPa", "Pa"),
            ("bar", "mbar"),
            ("K", "degC"),
            ("C", "degC"),
            ("m", "M"),
            ("m", "mm"),
            ("pa", "Pa"),
            ("m s-1", "m s"),
            ("m s-1", "s m-1"),
            ("m2", "m"),
            ("m-2", "m2"),
            ("min", "m"),
            ("kg m-2", "mm"),
            ("degrees_north", "degrees_east"),
            ("degrees_north", "degrees"),
            // Other things are counted.
            ("mol mol-1", "kg kg-1"),
            ("kg kg-1", "1"),
            ("%", "1"),
            // What is divided by is not certain.
            ("W/m2 K", "W m-2 K-1"),
            ("W/m2 K", "W K m-2"),
            // Factors, fractions and words that are no product.
            ("100 Pa", "hPa"),
            ("1e-3 kg", "1e-3 g"),
            ("m0.5", "m.5"),
            ("10 m", "m"),
            ("1**2", "1"),
            ("kg (m2 s)", "kg m-2 s"),
            ("m-", "m"),
            ("m^", "m"),
            ("m0", "1"),
            ("H2O", "H O2"),
            ("N-m", "N m"),
            ("m s-1", "m s-1 x"),
        ] {
            assert!(!same(a, b), "{a:?} and {b:?}");
        }
        // What is not understood is still the same as itself.
        assert!(same("(0 - 1)", " (0 - 1)"));
    }

    /// A product of powers written in one of the usual ways.
    fn written(powers: &[(&str, i32)], style: usize) -> String {
        let (raise, times) = [("", " "), ("**", " "), ("^", " "), ("", "."), ("^", "*")][style];
        let texts: Vec<String> = powers
            .iter()
            .map(|(symbol, power)| match power {
                1 => (*symbol).to_owned(),
                power => format!("{symbol}{raise}{power}"),
            })
            .collect();
        texts.join(times)
    }

    /// The same with slashes: what is multiplied first.
    fn slashed(powers: &[(&str, i32)]) -> String {
        let (above, below): (Vec<_>, Vec<_>) = powers.iter().partition(|(_, power)| *power > 0);
        let mut text = if above.is_empty() {
            "1".to_owned()
        } else {
            written(&above, 0)
        };
        for (symbol, power) in below {
            text += &format!("/{}", written(&[(symbol, -power)], 2));
        }
        text
    }

    fn powers() -> impl Strategy<Value = Vec<(&'static str, i32)>> {
        let symbols = [
            "kg",
            "m",
            "s",
            "K",
            "Pa",
            "hPa",
            "mol",
            "W",
            "day",
            "psu",
            "degree_north",
        ];
        let power = (-4i32..4).prop_map(|p| if p >= 0 { p + 1 } else { p });
        let one = (prop::sample::select(symbols.to_vec()), power);
        prop::collection::vec(one, 1..5).prop_map(|mut powers| {
            powers.sort_unstable();
            powers.dedup_by_key(|(symbol, _)| *symbol);
            powers
        })
    }

    proptest! {
        #[test]
        fn every_way_to_write_a_product_is_one(
            powers in powers(),
            (a, b) in (0usize..5, 0usize..5),
            rotation in 0usize..4,
        ) {
            let mut turned = powers.clone();
            turned.rotate_left(rotation % powers.len());
            let (one, other) = (written(&powers, a), written(&turned, b));
            prop_assert!(same(&one, &other), "{:?} {:?}", one, other);
            prop_assert!(same(&one, &slashed(&turned)), "{:?} {:?}", one, slashed(&turned));
        }

        #[test]
        fn another_power_is_another_unit(
            powers in powers(),
            at in any::<prop::sample::Index>(),
            by in 1i32..3,
            (a, b) in (0usize..5, 0usize..5),
        ) {
            let mut changed = powers.clone();
            let power = &mut changed[at.index(powers.len())].1;
            // Never zero, which has no spelling.
            *power += if *power > 0 { by } else { -by };
            prop_assert!(!same(&written(&powers, a), &written(&changed, b)));
            *changed.first_mut().unwrap() = ("furlong", 1);
            prop_assert!(!same(&written(&powers, a), &slashed(&changed)));
        }

        #[test]
        fn nothing_panics_and_all_is_the_same_as_itself(
            a in "[ -~µ°²⁻]{0,12}",
            b in "[msKkgPah0-9 ./*^+-]{0,8}",
        ) {
            prop_assert!(same(&a, &a) && same(&b, &b));
            let _ = same(&a, &b);
        }
    }
}
