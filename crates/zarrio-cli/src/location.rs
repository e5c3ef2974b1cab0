//! Paths and URLs of inputs and outputs.

use std::fmt::Display;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::failure::Failure;

/// How URLs of servers begin.
const SCHEMES: [&str; 5] = ["s3", "gs", "az", "http", "https"];

/// Documents by which a directory is a group or an array of a Zarr hierarchy.
pub(crate) const NODE_DOCUMENTS: [&str; 3] = ["zarr.json", ".zgroup", ".zarray"];

/// The local path that an argument means: a path, or a `file://` URL.
///
/// # Errors
/// When it is a URL of another kind, or looks like one.
pub(crate) fn local(text: &str) -> Result<PathBuf, Failure> {
    if text.is_empty() {
        return Err(Failure::usage(
            "a path is empty",
            "name a file or a directory; where a variable of the shell names it, see that it is set",
        ));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return match text.split_once(":/") {
            Some((scheme, rest)) if SCHEMES.contains(&scheme) => Err(Failure::usage(
                format!("{text} looks like a URL that lacks a slash"),
                format!("write {scheme}://{rest}, or ./{text} for a directory of that name"),
            )),
            _ => Ok(PathBuf::from(text)),
        };
    };
    // What no scheme can look like is a directory whose name ends in a colon.
    let letters = scheme
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if scheme.is_empty() || !letters {
        return Ok(PathBuf::from(text));
    }
    if !scheme.eq_ignore_ascii_case("file") {
        return Err(Failure::usage(
            format!("{text}: {scheme}:// URLs are not supported here"),
            "give a path, or a URL that begins with file://, s3://, gs://, az://, http:// or https://",
        ));
    }
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Err(Failure::usage(
            format!("{text}: a file:// URL holds an absolute path"),
            "write file:///directory/name, or the path alone",
        ));
    }
    let path = percent_decode_str(path).decode_utf8_lossy();
    Ok(PathBuf::from(path.into_owned()))
}

/// Makes sure that a directory can come to be at `output`.
///
/// # Errors
/// When it, or what it lies in, is a file.
pub(crate) fn check_output(output: &Path) -> Result<(), Failure> {
    for place in output.ancestors() {
        let Ok(metadata) = std::fs::metadata(place) else {
            continue;
        };
        if metadata.is_dir() {
            return Ok(());
        }
        let message = if place == output {
            format!(
                "{} is a file, and an archive is a directory",
                output.display()
            )
        } else {
            format!(
                "{} lies in {}, which is a file",
                output.display(),
                place.display()
            )
        };
        return Err(Failure::usage(
            message,
            "give another output, or move the file out of the way",
        ));
    }
    Ok(())
}

/// The archive that the place of an output lies in, however deep, and the way from there. What is
/// an archive already is asked for those right above it alone: it was made there by somebody.
pub(crate) fn archive_above(output: &Path) -> Option<(PathBuf, PathBuf)> {
    let is_node = |place: &&Path| NODE_DOCUMENTS.iter().any(|d| place.join(d).exists());
    let output = std::path::absolute(output).ok()?;
    let nearest = output.ancestors().skip(1).find(|above| above.is_dir())?;
    let beyond = output.strip_prefix(nearest).ok()?;
    // What a path leaves again by `..` it does not lie in.
    let place = match nearest.components().any(|c| c == Component::ParentDir) {
        true => nearest.canonicalize().ok()?,
        false => nearest.to_owned(),
    };
    let is_made = is_node(&output.as_path());
    let above = place.ancestors();
    let above = above.skip_while(|above| !is_made && !is_node(above));
    let archive = above.take_while(is_node).last()?;
    let rest = place.strip_prefix(archive).ok()?.join(beyond);
    Some((archive.to_owned(), rest))
}

/// Makes sure that an archive is not written over what it is made from.
///
/// # Errors
/// When one of the two lies within the other.
pub(crate) fn check_apart(input: &Path, output: &Path) -> Result<(), Failure> {
    let known = |path: &Path| path.canonicalize().ok();
    let (Some(from), Some(to)) = (known(input), known(output)) else {
        // What is not there yet lies in something that is.
        let above = output.ancestors().skip(1).find_map(known);
        return match (known(input), above) {
            (Some(from), Some(above)) if from.is_dir() && above.starts_with(&from) => {
                Err(within(&input.display(), &output.display()))
            }
            _ => Ok(()),
        };
    };
    if from.is_dir() && (to.starts_with(&from) || from.starts_with(&to)) {
        return Err(within(&input.display(), &output.display()));
    }
    Ok(())
}

/// The failure of two places that lie within each other.
pub(crate) fn within(input: &impl Display, output: &impl Display) -> Failure {
    Failure::usage(
        format!("{input} and {output} lie within each other"),
        "give an output beside the input",
    )
}

/// The last name of a path, for people.
pub(crate) fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_paths() {
        let check = |text: &str, path: &str| assert_eq!(local(text).unwrap(), Path::new(path));
        check("a/b.zarr", "a/b.zarr");
        check("file:///data/a%20b.zarr", "/data/a b.zarr");
        check("FILE://localhost/a", "/a");
        check("file:///100%/%+1", "/100%/%+1");
        check("strange name://x", "strange name://x");
        for refused in [
            "",
            "s3://bucket/a.zarr",
            "https://host/a.nc",
            "file://host/a",
            "s3:/bucket/a.zarr",
        ] {
            assert_eq!(local(refused).unwrap_err().exit, crate::exit::Exit::Usage);
        }
    }

    #[test]
    fn files_are_no_directories() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        std::fs::write(&file, "x").unwrap();
        assert!(check_output(&file).is_err());
        assert!(check_output(&file.join("b/c.zarr")).is_err());
        assert!(check_output(&directory.path().join("b/c.zarr")).is_ok());
        assert!(check_output(Path::new("c.zarr")).is_ok());
    }

    #[test]
    fn what_an_output_lies_in_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let archive = directory.path().join("a.zarr");
        std::fs::create_dir(&archive).unwrap();
        std::fs::write(archive.join("zarr.json"), "{}").unwrap();
        std::fs::create_dir(archive.join("g")).unwrap();
        std::fs::write(archive.join("g/.zarray"), "{}").unwrap();
        std::fs::create_dir_all(archive.join("plain/directory")).unwrap();
        let found = |name: &str| archive_above(&directory.path().join(name));
        assert_eq!(found("a.zarr"), None);
        assert_eq!(found("b.zarr/c"), None);
        assert_eq!(found("a.zarr/plain/../../b.zarr"), None);
        for rest in ["b", "b/c", "g/b", "plain/b", "plain/directory/b/c"] {
            let expected = Some((archive.clone(), PathBuf::from(rest)));
            assert_eq!(found(&format!("a.zarr/{rest}")), expected);
        }
        // It is there, whatever somebody put above it since.
        std::fs::write(archive.join("plain/directory/.zgroup"), "{}").unwrap();
        assert_eq!(found("a.zarr/plain/directory"), None);
        let (_, rest) = found("a.zarr/plain/../c").unwrap();
        assert_eq!(rest, Path::new("c"));
    }
}
