//! Input files by their paths and patterns.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use zarrio_model::config::Config;
use zarrio_store::{Address, Prefix};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;

/// The files that paths, URLs and patterns mean, those of each pattern sorted, each file once.
///
/// A pattern has `*`, `?`, `[...]` or `**`; a file on a disk whose very name has such characters
/// is meant by it. A quoted pattern may stand for more files than a command line can hold. A URL
/// that ends in a slash stands for the NetCDF files right below it.
///
/// # Errors
/// When a pattern matches nothing or is none, or an argument is a URL of a kind that is not
/// supported.
pub(super) fn expand(patterns: &[String], config: &Config) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut seen = HashSet::new();
    for text in patterns {
        let place = Place::parse_input(text)?;
        let path = place.to_path();
        let found = if let Place::Remote(_) = place {
            remote(text, &path, config)?
        } else if path.exists() || !text.contains(['*', '?', '[']) {
            vec![path]
        } else {
            matching(text, &path.to_string_lossy())?
        };
        files.extend(found.into_iter().filter(|file| seen.insert(file.clone())));
    }
    Ok(files)
}

/// Adds the files that lists name, one on each line; each file stays once.
///
/// # Errors
/// When a list cannot be read, or a line is no path.
pub(super) fn add_lists(files: &mut Vec<PathBuf>, lists: &[String]) -> Result<(), Failure> {
    let mut seen: HashSet<PathBuf> = files.iter().cloned().collect();
    for list in lists {
        let text = match list.as_str() {
            "-" => std::io::read_to_string(std::io::stdin()),
            path => std::fs::read_to_string(path),
        };
        let text = text.map_err(|error| {
            let error = anyhow::Error::new(error).context(format!("cannot read the list {list}"));
            let hint = "a list has the path of a file on each line".to_owned();
            Failure::new(Exit::Input, error, Some(hint))
        })?;
        for line in text.lines().filter(|line| !line.is_empty()) {
            let file = one(line)?;
            if seen.insert(file.clone()) {
                files.push(file);
            }
        }
    }
    Ok(())
}

/// The file that a path or a URL means.
///
/// # Errors
/// When it is a URL of a kind that is not supported.
pub(super) fn one(text: &str) -> Result<PathBuf, Failure> {
    Ok(Place::parse_input(text)?.to_path())
}

/// What makes the name of a file right below a URL that of a NetCDF file.
const ENDINGS: [&str; 6] = [".nc", ".nc4", ".cdf", ".netcdf", ".h5", ".hdf5"];

/// The files that a URL means, by a listing where it is a pattern.
fn remote(text: &str, path: &Path, config: &Config) -> Result<Vec<PathBuf>, Failure> {
    let is_pattern = text.contains(['*', '?', '[']);
    if !is_pattern && !text.ends_with('/') {
        return Ok(vec![path.to_owned()]);
    }
    let usage = |error: &dyn std::fmt::Display| {
        Failure::usage(
            format!("{text:?} is no pattern: {error}"),
            "give a URL, or a pattern such as 's3://bucket/data/*.nc'",
        )
    };
    let text = text.trim_end_matches('/');
    // All names lie below what comes before the first wild card.
    let start = text.find(['*', '?', '[']).unwrap_or(text.len());
    let fixed = match is_pattern {
        true => text[..start].rfind('/').map_or("", |end| &text[..end]),
        false => text,
    };
    let above = Address::parse(fixed).map_err(|error| usage(&error))?;
    let above = above.ok_or_else(|| usage(&"the name of the bucket is part of it"))?;
    let pattern = Pattern::new(
        text.strip_prefix(fixed)
            .unwrap_or_default()
            .trim_start_matches('/'),
    );
    let pattern = pattern.map_err(|error| usage(&error.msg))?;
    let options = MatchOptions {
        require_literal_separator: true,
        ..MatchOptions::default()
    };
    let wanted = |name: &str| match is_pattern {
        true => pattern.matches_with(name, options),
        false => !name.contains('/') && ENDINGS.iter().any(|ending| name.ends_with(ending)),
    };
    let mut found = Vec::new();
    let store = Place::Remote(above).read(config)?;
    let listed = store.each_name(&Prefix::root(), &mut |name| {
        if wanted(name) {
            found.push(PathBuf::from(format!("{fixed}/{name}")));
        }
    });
    listed.map_err(|error| Failure::from(error).of_reading())?;
    if found.is_empty() {
        return Err(Failure::new(
            Exit::Input,
            anyhow::Error::msg(format!("no file matches {text:?}")),
            Some("check the URL; a pattern is put in quotes".into()),
        ));
    }
    found.sort();
    Ok(found)
}

fn matching(text: &str, pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let paths = glob::glob(pattern).map_err(|error| {
        Failure::usage(
            format!("{text:?} is no pattern: {}", error.msg),
            "give a path, or a pattern such as 'data/*.nc'",
        )
    })?;
    let mut found = Vec::new();
    for path in paths {
        found.push(path.map_err(|error| {
            let what = format!("cannot look for {text:?}");
            let hint = "check owner and mode of the directory".to_owned();
            let error = anyhow::Error::new(error).context(what);
            Failure::new(Exit::Input, error, Some(hint))
        })?);
    }
    if let Some(path) = passed_over(pattern) {
        return Err(Failure::new(
            Exit::Input,
            anyhow::Error::msg(format!(
                "{text:?} matches {path:?}, whose name is not UTF-8"
            )),
            Some("rename it, or give a pattern that does not match it".into()),
        ));
    }
    if found.is_empty() {
        return Err(Failure::new(
            Exit::Input,
            anyhow::Error::msg(format!("no file matches {text:?}")),
            Some("check the pattern; in quotes, zarrio expands it and the shell does not".into()),
        ));
    }
    found.sort();
    Ok(found)
}

/// What a pattern matches on a disk and its expansion passes over without a word: names that are
/// not UTF-8.
fn passed_over(pattern: &str) -> Option<PathBuf> {
    let directories = |above: &str| -> Vec<PathBuf> {
        let below_all = above.strip_suffix("/**").or(above.strip_suffix("**"));
        let patterns = [Some(above), below_all].into_iter().flatten();
        let found = patterns.filter_map(|pattern| match pattern {
            "" => None,
            pattern => glob::glob(pattern).ok(),
        });
        found.flatten().filter_map(Result::ok).collect()
    };
    let mut start = 0;
    for part in pattern.split_inclusive('/') {
        let above = &pattern[..start];
        start += part.len();
        let component = part.trim_end_matches('/');
        // What '**' stands for may have any name.
        if component == "**" || !component.contains(['*', '?', '[']) {
            continue;
        }
        let is_last = start == pattern.len();
        let wanted = Pattern::new(component).ok()?;
        let matches = |entry: &std::fs::DirEntry| {
            let name = entry.file_name();
            name.to_str().is_none()
                && wanted.matches(&name.to_string_lossy())
                && (is_last || entry.path().is_dir())
        };
        let mut above = match above.trim_end_matches('/') {
            "" if above.is_empty() => vec![PathBuf::from(".")],
            "" => vec![PathBuf::from("/")],
            above => directories(above),
        };
        above.sort();
        let entries = above.iter().filter_map(|path| path.read_dir().ok());
        let entry = entries.flatten().filter_map(Result::ok).find(matches);
        if let Some(entry) = entry {
            return Some(entry.path());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location;

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_not_utf_8_are_not_passed_over() {
        use std::os::unix::ffi::OsStrExt as _;
        let directory = tempfile::tempdir().unwrap();
        let place = |name: &[u8]| directory.path().join(std::ffi::OsStr::from_bytes(name));
        std::fs::create_dir_all(place(b"a/b")).unwrap();
        std::fs::create_dir_all(place(b"d\xff")).unwrap();
        for name in [
            &b"1.nc"[..],
            b"2-\xff.nc",
            b"a/1.nc",
            b"a/b/1.nc",
            b"a/b/2-\xff.nc",
        ] {
            std::fs::write(place(name), "").unwrap();
        }
        let refused = |pattern: &str| {
            let pattern = directory
                .path()
                .join(pattern)
                .to_string_lossy()
                .into_owned();
            expand(&[pattern], &Config::default()).is_err()
        };
        for (pattern, expected) in [
            ("*.nc", true),
            ("1*.nc", false),
            ("a/*.nc", false),
            ("a/*/*.nc", true),
            ("a/*/1*.nc", false),
            ("a/**/*.nc", true),
            ("a/b/**/*.nc", true),
            ("a/b/**/1.nc", false),
            ("d*/*.nc", true),
            ("**/1.nc", false),
        ] {
            assert_eq!(refused(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_give_their_files_sorted_and_once() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["b.nc", "a.nc", "c[1].nc", "d.txt"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let path = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
        let names = |patterns: &[&str]| -> Vec<String> {
            let patterns: Vec<String> = patterns.iter().map(|name| path(name)).collect();
            let files = expand(&patterns, &Config::default()).unwrap();
            files.iter().map(|file| location::name(file)).collect()
        };
        assert_eq!(names(&["b.nc", "*.nc"]), ["b.nc", "a.nc", "c[1].nc"]);
        assert_eq!(names(&["c[1].nc", "[ab].nc"]), ["c[1].nc", "a.nc", "b.nc"]);
        assert_eq!(names(&["absent.nc"]), ["absent.nc"]);
        let expand = |text: String| expand(&[text], &Config::default());
        assert_eq!(expand(path("e*.nc")).unwrap_err().exit, Exit::Input);
        assert!(expand(path("[.nc")).is_err());
        for refused in ["ftp://host/a.nc", "s3://bucket/[.nc", "s3://buck*/a.nc"] {
            assert_eq!(
                expand(refused.into()).unwrap_err().exit,
                Exit::Usage,
                "{refused}"
            );
        }
        let url = "s3://bucket/a.nc";
        assert_eq!(expand(url.into()).unwrap(), [PathBuf::from(url)]);
    }
}
