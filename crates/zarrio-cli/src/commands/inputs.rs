//! Input files by their paths and patterns.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::location;

/// The files that paths and patterns mean, those of each pattern sorted, each file once.
///
/// A pattern has `*`, `?`, `[...]` or `**`; a file whose very name has such characters is
/// meant by it. A quoted pattern may stand for more files than a command line can hold.
///
/// # Errors
/// When a pattern matches nothing or is none, or an argument is a URL of a kind that is not
/// supported.
pub(super) fn expand(patterns: &[String]) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut seen = HashSet::new();
    for text in patterns {
        let path = location::local(text)?;
        let found = if path.exists() || !text.contains(['*', '?', '[']) {
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
            let file = location::local(line)?;
            if seen.insert(file.clone()) {
                files.push(file);
            }
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_give_their_files_sorted_and_once() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["b.nc", "a.nc", "c[1].nc", "d.txt"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let path = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
        let names = |patterns: &[&str]| -> Vec<String> {
            let patterns: Vec<String> = patterns.iter().map(|name| path(name)).collect();
            let files = expand(&patterns).unwrap();
            files.iter().map(|file| location::name(file)).collect()
        };
        assert_eq!(names(&["b.nc", "*.nc"]), ["b.nc", "a.nc", "c[1].nc"]);
        assert_eq!(names(&["c[1].nc", "[ab].nc"]), ["c[1].nc", "a.nc", "b.nc"]);
        assert_eq!(names(&["absent.nc"]), ["absent.nc"]);
        assert_eq!(expand(&[path("e*.nc")]).unwrap_err().exit, Exit::Input);
        assert!(expand(&[path("[.nc")]).is_err());
        assert!(expand(&["s3://bucket/*.nc".into()]).is_err());
    }
}
