//! The files whose paths match a pattern.

use std::io;
use std::path::{Path, PathBuf};

/// Whether a text has characters that mean others.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The files that match, sorted; directories are no files.
///
/// # Errors
/// The directory that cannot be listed, and why. One that is not there matches nothing.
pub(super) fn files(pattern: &str) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let start = if pattern.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let mut found = Vec::new();
    walk(Path::new(start), &parts, &mut found)?;
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(
    place: &Path,
    parts: &[&str],
    found: &mut Vec<PathBuf>,
) -> Result<(), (PathBuf, io::Error)> {
    let Some((part, rest)) = parts.split_first() else {
        if place.is_file() {
            found.push(place.to_owned());
        }
        return Ok(());
    };
    if *part == "**" {
        walk(place, rest, found)?;
        for entry in entries(place)? {
            let below = place.join(&entry);
            // A link to a directory above would never end.
            if !entry.starts_with('.') && below.is_dir() && !below.is_symlink() {
                walk(&below, parts, found)?;
            }
        }
        return Ok(());
    }
    if !is_pattern(part) {
        return walk(&place.join(part), rest, found);
    }
    let part: Vec<char> = part.chars().collect();
    for entry in entries(place)? {
        let name: Vec<char> = entry.chars().collect();
        // As in shells: what is hidden is named by its dot.
        let hidden = name.first() == Some(&'.') && part.first() != Some(&'.');
        if !hidden && matches(&part, &name) {
            walk(&place.join(&entry), rest, found)?;
        }
    }
    Ok(())
}

/// The names in a directory. What is no UTF-8 can match no pattern.
fn entries(place: &Path) -> Result<Vec<String>, (PathBuf, io::Error)> {
    let shown = if place.as_os_str().is_empty() {
        Path::new(".")
    } else {
        place
    };
    let failed = |error: io::Error| (shown.to_owned(), error);
    let list = match std::fs::read_dir(shown) {
        Ok(list) => list,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in list {
        names.extend(entry.map_err(failed)?.file_name().into_string().ok());
    }
    Ok(names)
}

/// Whether a name matches a part of a pattern, in time of their product at most.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where to go on when what follows the last star does not match.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, n));
            p += 1;
        } else if let Some(length) = one(&pattern[p..], name[n]) {
            p += length;
            n += 1;
        } else if let Some((after, at)) = star {
            star = Some((after, at + 1));
            (p, n) = (after, at + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The length of what stands for one character at the pattern's beginning, where it matches.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => match class(&pattern[1..], c) {
            Some((true, length)) => Some(length + 1),
            Some((false, _)) => None,
            // Without its end a bracket is a bracket.
            None => (c == '[').then_some(1),
        },
        literal => (*literal == c).then_some(1),
    }
}

/// Whether a character is in a class, and the length of the class with its end.
fn class(pattern: &[char], c: char) -> Option<(bool, usize)> {
    let negated = matches!(pattern.first(), Some('!' | '^'));
    let first = usize::from(negated);
    // A bracket at the beginning is one of the characters.
    let end = (first + 1..pattern.len()).find(|&i| pattern[i] == ']')?;
    let (mut i, mut inside) = (first, false);
    while i < end {
        if pattern[i + 1] == '-' && i + 2 < end {
            inside |= (pattern[i]..=pattern[i + 2]).contains(&c);
            i += 3;
        } else {
            inside |= pattern[i] == c;
            i += 1;
        }
    }
    Some((inside != negated, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |pattern: &str, name: &str, expected: bool| {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(
                matches(&chars(pattern), &chars(name)),
                expected,
                "{pattern} {name}"
            );
        };
        check("*.nc", "a.nc", true);
        check("*.nc", "a.nc4", false);
        check("*a*b*", "xxaxbx", true);
        check("*a*b", "ab ba", false);
        check("era_????.nc", "era_2020.nc", true);
        check("era_????.nc", "era_20.nc", false);
        check("[a-c]1", "b1", true);
        check("[!a-c]1", "b1", false);
        check("[]]", "]", true);
        check("[a-]", "-", true);
        check("[ab", "[ab", true);
        check("", "", true);
        check("**", "any", true);
        check("*******************b", &"a".repeat(10_000), false);
    }

    #[test]
    fn directories_below() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["2020/01/a.nc", "2020/b.nc", "2021/a.nc", "c.nc"] {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let check = |pattern: &str, names: &[&str]| {
            let pattern = format!("{}/{pattern}", directory.path().display());
            let expected: Vec<_> = names.iter().map(|n| directory.path().join(n)).collect();
            assert_eq!(files(&pattern).unwrap(), expected, "{pattern}");
        };
        check("**/*.nc", &["2020/01/a.nc", "2020/b.nc", "2021/a.nc", "c.nc"]);
        check("*/*.nc", &["2020/b.nc", "2021/a.nc"]);
        check("202[1-9]/**/a.nc", &["2021/a.nc"]);
        check("20*", &[]);
        check("absent/*.nc", &[]);
    }
}
