//! Several inputs: paths, and patterns that the shell was kept from expanding.
//!
//! A quoted pattern may stand for more files than a command line can hold.

mod pattern;

use std::collections::HashSet;
use std::path::PathBuf;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::location;

/// The files that arguments mean, in their order; those of a pattern by name. None stands
/// there twice.
///
/// In a pattern `*` and `?` stand for any characters and any one, `[a-c]` for one of them,
/// and `**` for any directories. What exists under its very name is no pattern.
///
/// # Errors
/// When a pattern matches nothing, or an argument is a URL of a kind that is not supported.
pub(crate) fn expand(arguments: &[String]) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut seen = HashSet::new();
    for argument in arguments {
        let path = location::local(argument)?;
        let found = match path.to_str() {
            Some(text) if pattern::is_pattern(text) && !path.exists() => matching(text)?,
            _ => vec![path],
        };
        files.extend(found.into_iter().filter(|file| seen.insert(file.clone())));
    }
    Ok(files)
}

fn matching(text: &str) -> Result<Vec<PathBuf>, Failure> {
    let failed = |(directory, error): (PathBuf, std::io::Error)| {
        let what = format!("{text}: cannot list {}", directory.display());
        let error = anyhow::Error::new(error).context(what);
        let hint = "check owner and mode of the directory";
        Failure::new(Exit::Input, error, Some(hint.into()))
    };
    let found = pattern::files(text).map_err(failed)?;
    if found.is_empty() {
        return Err(Failure::new(
            Exit::Input,
            anyhow::Error::msg(format!("no file matches {text}")),
            Some("check the pattern".into()),
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_once_and_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        for name in ["b.nc", "a.nc", "a.txt", "[x].nc", ".hidden.nc"] {
            std::fs::write(at(name), "").unwrap();
        }
        let text = |name: &str| at(name).to_string_lossy().into_owned();
        let check = |arguments: &[&str], names: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|name| text(name)).collect();
            let files: Vec<PathBuf> = names.iter().map(|name| at(name)).collect();
            assert_eq!(expand(&arguments).unwrap(), files, "{arguments:?}");
        };
        check(&["?.nc"], &["a.nc", "b.nc"]);
        check(&["b.nc", "*.nc"], &["b.nc", "[x].nc", "a.nc"]);
        check(&["[x].nc"], &["[x].nc"]);
        check(&["absent.nc"], &["absent.nc"]);
        let nothing = expand(&[text("*.grib")]).unwrap_err();
        assert_eq!(nothing.exit, Exit::Input);
        assert!(expand(&["s3://bucket/*.nc".into()]).is_err());
    }
}
