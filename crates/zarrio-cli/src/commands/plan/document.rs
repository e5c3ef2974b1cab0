//! Where the plan is written.

use std::fs::Permissions;
use std::io::{BufWriter, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zarrio_region::TaskPlan;

use crate::args::PlanArgs;
use crate::commands::tasks::absolute;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::place::Place;

/// The file of a plan, or standard output.
#[derive(Debug)]
pub(super) struct Target {
    file: Option<PathBuf>,
    /// Where relative paths in the plan begin.
    directory: PathBuf,
    overwrite: bool,
}

impl Target {
    /// The one that was asked for.
    ///
    /// # Errors
    /// When there is something already, or no directory for it.
    pub(super) fn new(args: &PlanArgs) -> Result<Self, Failure> {
        let file = Some(&args.output).filter(|file| file.as_os_str() != "-");
        if let Some(file) = file
            && !args.overwrite
            && file.symlink_metadata().is_ok()
        {
            return Err(exists(file));
        }
        let absolute = absolute(file.map_or(Path::new("-"), PathBuf::as_path))?;
        let directory = absolute.parent().unwrap_or(&absolute).to_owned();
        if !directory.is_dir() {
            return Err(Failure::usage(
                format!("{} is no directory", directory.display()),
                "make it first: the plan is to be written there",
            ));
        }
        Ok(Self {
            directory,
            file: file.cloned(),
            overwrite: args.overwrite,
        })
    }

    /// A file's path in the plan: relative where it lies below the plan's directory.
    ///
    /// # Errors
    /// When it is no text, or where it is cannot be told.
    pub(super) fn relative(&self, file: &Path) -> Result<String, Failure> {
        let path = match file.to_str().map(Place::parse_input).transpose()? {
            Some(Place::Remote(_)) => file.to_owned(),
            _ => absolute(file)?,
        };
        let path = path.strip_prefix(&self.directory).unwrap_or(&path);
        let text = path.to_str().map(str::to_owned);
        text.ok_or_else(|| {
            Failure::usage(
                format!(
                    "{} is not UTF-8, which a plan is written in",
                    file.display()
                ),
                "give the file another name, or write it with 'zarrio write-region'",
            )
        })
    }

    /// The same for the archive, which may be a URL.
    ///
    /// # Errors
    /// As [`relative`](Self::relative).
    pub(super) fn archive(&self, place: &Place, name: &str) -> Result<String, Failure> {
        match place.path() {
            Some(path) => self.relative(path),
            None => Ok(name.to_owned()),
        }
    }

    /// Writes the plan; nobody sees a part of it.
    ///
    /// # Errors
    /// When it cannot be written, or there is one meanwhile.
    pub(super) fn write(&self, plan: &TaskPlan) -> Result<(), Failure> {
        let Some(file) = &self.file else {
            let mut text = Vec::new();
            plan.write(&mut text).map_err(|error| failed(error, "-"))?;
            return output::print(&String::from_utf8_lossy(&text));
        };
        let shown = file.display().to_string();
        let put = || -> std::io::Result<NamedTempFile> {
            let mut temporary = NamedTempFile::new_in(&self.directory)?;
            let mut out = BufWriter::new(&mut temporary);
            plan.write(&mut out)?;
            out.flush()?;
            drop(out);
            // The tasks may run as somebody else.
            std::fs::set_permissions(temporary.path(), Permissions::from_mode(0o644))?;
            Ok(temporary)
        };
        let temporary = put().map_err(|error| failed(error, &shown))?;
        let kept = match self.overwrite {
            true => temporary.persist(file),
            false => temporary.persist_noclobber(file),
        };
        kept.map(|_| ()).map_err(|error| match error.error.kind() {
            ErrorKind::AlreadyExists => exists(file),
            _ => failed(error.error, &shown),
        })
    }
}

fn exists(file: &Path) -> Failure {
    Failure::usage(
        format!("{} exists already", file.display()),
        "give another name, or replace it with --overwrite when no engine works with it",
    )
}

fn failed(error: std::io::Error, file: &str) -> Failure {
    let error = anyhow::Error::new(error).context(format!("cannot write the plan to {file}"));
    Failure::new(Exit::Failed, error, None)
}
