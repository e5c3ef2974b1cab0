//! Names of units and their symbols: only such as are exactly the same unit.

/// Spellings of one symbol, which comes first (CF 3.1, 4.1, 4.2; UDUNITS).
const SYMBOLS: [&[&str]; 13] = [
    &["hPa", "mbar", "mb"],
    &["1", "dimensionless", "unitless"],
    &["%", "percent"],
    &["s", "sec"],
    &["h", "hr", "hrs"],
    &["year", "yr", "yrs"],
    &["um", "micron", "microns"],
    &["l", "L"],
    &["rad", "radian", "radians"],
    &["degree", "degrees", "deg", "°"],
    &["month", "months"],
    &[
        "degrees_north",
        "degree_north",
        "degree_N",
        "degrees_N",
        "degreeN",
        "degreesN",
    ],
    &[
        "degrees_east",
        "degree_east",
        "degree_E",
        "degrees_E",
        "degreeE",
        "degreesE",
    ],
];

/// Names, which may have a prefix and an `s`, and their symbols.
const NAMES: [(&str, &str); 21] = [
    ("meter", "m"),
    ("metre", "m"),
    ("gram", "g"),
    ("gramme", "g"),
    ("second", "s"),
    ("pascal", "Pa"),
    ("bar", "bar"),
    ("kelvin", "K"),
    ("watt", "W"),
    ("joule", "J"),
    ("newton", "N"),
    ("hertz", "Hz"),
    ("volt", "V"),
    ("mole", "mol"),
    ("liter", "l"),
    ("litre", "l"),
    ("minute", "min"),
    ("hour", "h"),
    ("day", "d"),
    ("year", "year"),
    ("celsius", "degC"),
];

/// Names of prefixes and their symbols.
const PREFIXES: [(&str, &str); 13] = [
    ("", ""),
    ("pico", "p"),
    ("nano", "n"),
    ("micro", "u"),
    ("milli", "m"),
    ("centi", "c"),
    ("deci", "d"),
    ("deca", "da"),
    ("hecto", "h"),
    ("kilo", "k"),
    ("mega", "M"),
    ("giga", "G"),
    ("tera", "T"),
];

/// The temperature that a text of several words names: `degrees Celsius`.
pub(super) fn phrase(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let rest = ["degrees", "degree", "deg", "°"]
        .iter()
        .find_map(|word| strip_word(text, word))?;
    match rest.trim_start_matches([' ', '_']) {
        "C" => Some("degC"),
        "K" => Some("K"),
        "F" => Some("degF"),
        name => match name.to_lowercase().as_str() {
            "celsius" => Some("degC"),
            "kelvin" => Some("K"),
            "fahrenheit" => Some("degF"),
            _ => None,
        },
    }
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

/// The symbol of a name or of another symbol; what is not known stays as it is.
pub(super) fn canonical(name: &str) -> String {
    let symbol = phrase(name).map_or_else(|| named(name), |symbol| Some(symbol.to_owned()));
    let symbol = symbol.unwrap_or_else(|| name.to_owned());
    let row = SYMBOLS.iter().find(|row| row.contains(&symbol.as_str()));
    row.map_or(symbol, |row| row[0].to_owned())
}

/// The symbol that a name spells out, in any case: `Hectopascals`.
fn named(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    PREFIXES.iter().find_map(|(prefix, sign)| {
        let rest = lower.strip_prefix(prefix)?;
        let whole = |word: &str| NAMES.iter().find(|(known, _)| *known == word);
        let found = whole(rest).or_else(|| whole(rest.strip_suffix('s')?))?;
        Some(format!("{sign}{}", found.1))
    })
}
