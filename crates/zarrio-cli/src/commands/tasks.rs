//! Plans of tasks as files, and what the records say of them.

use std::path::{Path, PathBuf};

use zarrio_region::{DoneWork, Task, TaskPlan, ZarrSource};

use super::writer;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;

/// A plan that was read from a file.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) plan: TaskPlan,
    /// The file, absolute.
    pub(super) file: PathBuf,
    /// Where its relative paths begin.
    pub(super) directory: PathBuf,
}

impl Loaded {
    /// Reads a plan.
    ///
    /// # Errors
    /// When there is none, or it cannot be understood.
    pub(super) fn read(file: &Path) -> Result<Self, Failure> {
        let shown = file.display();
        let failed = |error: anyhow::Error, hint: &str| {
            Failure::new(Exit::Input, error, Some(hint.to_owned()))
        };
        let text = std::fs::read(file).map_err(|error| {
            let error = anyhow::Error::new(error).context(format!("cannot read the plan {shown}"));
            failed(error, "'zarrio plan' makes one")
        })?;
        let plan = TaskPlan::parse(&text).map_err(|reason| {
            let error = anyhow::Error::msg(format!("{shown} is no plan of tasks: {reason}"));
            failed(error, "make it anew with 'zarrio plan'")
        })?;
        let file = absolute(file)?;
        let directory = file.parent().unwrap_or(&file).to_owned();
        Ok(Self {
            plan,
            file,
            directory,
        })
    }

    /// The archive as people call it.
    pub(super) fn archive_name(&self) -> String {
        let name = &self.plan.archive;
        match name.contains("://") || is_here(&self.directory) {
            true => name.clone(),
            false => self.directory.join(name).to_string_lossy().into_owned(),
        }
    }

    /// Where the archive is.
    ///
    /// # Errors
    /// When that is no place.
    pub(super) fn target(&self) -> Result<Place, Failure> {
        Place::parse(&self.archive_name())
    }

    /// Into how many parts the plan is cut; where nothing else is said, into its tasks.
    pub(super) fn count(&self, stripes: Option<u64>) -> u64 {
        stripes.unwrap_or(self.plan.tasks.len() as u64)
    }

    /// The files of a task.
    pub(super) fn files<'t>(&'t self, task: &'t Task) -> impl Iterator<Item = PathBuf> + 't {
        let here = is_here(&self.directory);
        task.files.iter().map(move |file| match here {
            true => PathBuf::from(&file.path),
            false => file.path(&self.directory),
        })
    }

    /// The numbers of what is not done, of `count` parts.
    ///
    /// # Errors
    /// When the archive's records cannot be read.
    pub(super) fn unfinished(&self, archive: &ZarrSource, count: u64) -> Result<Vec<u64>, Failure> {
        let done = all_done(archive)?;
        let selection = archive.selection(&self.plan.options);
        let unfinished = self
            .plan
            .unfinished(&self.directory, &done, &selection, count);
        Ok(unfinished)
    }
}

/// All that the records say is done.
///
/// # Errors
/// When they cannot be read.
pub(super) fn all_done(archive: &ZarrSource) -> Result<DoneWork, Failure> {
    Ok(DoneWork::of(archive, &writer::name(), usize::MAX)?)
}

/// The absolute path of a file, links as they are.
///
/// # Errors
/// When the present directory has gone.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| {
        let what = format!("cannot tell where {} is", path.display());
        Failure::new(Exit::Failed, anyhow::Error::new(error).context(what), None)
    })
}

/// Whether relative paths of a plan in this directory are those of this process.
fn is_here(directory: &Path) -> bool {
    std::env::current_dir().is_ok_and(|here| here == directory)
}
