//! The plan as a document.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ledger::{DoneWork, SourceRecord};
use crate::matching::MatchOptions;
use crate::recording::Standing;

/// The version of the form; a reader refuses another one.
const FORM: u32 = 1;

/// Work on an archive, cut into tasks. The number of a task is its position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskPlan {
    /// The version of this form.
    pub form: u32,
    /// The archive: a path, or a URL. Relative paths begin at the directory of the document.
    pub archive: String,
    /// The group of the archive that is written into.
    pub group: String,
    /// The dimension along which files follow each other; none where the archive has no such.
    pub dimension: Option<String>,
    /// How files are matched with the archive.
    pub options: MatchOptions,
    /// The tasks.
    pub tasks: Vec<Task>,
}

/// Files that one process writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Bytes that are written, uncompressed.
    pub bytes: u64,
    /// Bytes of memory that one thread uses for the largest of its files.
    pub memory: u64,
    /// How many seconds it takes, about.
    #[serde(default)]
    pub seconds: u64,
    /// Chunks, or shards, that are written.
    pub objects: u64,
    /// The files, in their order along the dimension.
    pub files: Vec<PlannedFile>,
}

/// A file, as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFile {
    /// Where it is, a path or a URL: relative paths begin at the directory of the document.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written to: seconds since 1970 with nine decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// What tells its states apart where it is on an object store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its first position along the dimension and the one behind its last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<[u64; 2]>,
}

/// What stands before the tasks.
#[derive(Serialize)]
struct Head<'a> {
    form: u32,
    archive: &'a str,
    group: &'a str,
    dimension: &'a Option<String>,
    options: &'a MatchOptions,
}

impl TaskPlan {
    /// A plan for an archive, in the form of this version.
    #[must_use]
    pub fn new(archive: String, group: String, options: MatchOptions) -> Self {
        Self {
            form: FORM,
            archive,
            group,
            dimension: None,
            options,
            tasks: Vec::new(),
        }
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// When the text is none, with what is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        // The form first: what it means for the rest is not known of another one.
        #[derive(Deserialize)]
        struct Form {
            form: u32,
        }
        let Form { form } = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        if form != FORM {
            return Err(format!(
                "it has form {form}, and this zarrio reads form {FORM}"
            ));
        }
        serde_json::from_slice(text).map_err(|e| e.to_string())
    }

    /// Writes the plan, a task on each line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let head = serde_json::to_string_pretty(&Head {
            form: self.form,
            archive: &self.archive,
            group: &self.group,
            dimension: &self.dimension,
            options: &self.options,
        })?;
        let head = head.trim_end_matches('}').trim_end();
        write!(out, "{head},\n  \"tasks\": [")?;
        for (i, task) in self.tasks.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(out, "{comma}\n    ")?;
            serde_json::to_writer(&mut *out, task)?;
        }
        let end = if self.tasks.is_empty() { "" } else { "\n  " };
        write!(out, "{end}]\n}}\n")
    }

    /// The numbers of the tasks that a stripe has: of `count` about equal stretches of the plan
    /// the one of this number.
    #[must_use]
    pub fn stripe(&self, number: u64, count: u64) -> std::ops::Range<usize> {
        let tasks = self.tasks.len() as u128;
        let count = u128::from(count.max(1));
        let at = |n: u64| usize::try_from(u128::from(n) * tasks / count).unwrap_or(usize::MAX);
        at(number)..at(number.saturating_add(1)).min(self.tasks.len())
    }

    /// The numbers of stripes, or of tasks where `count` is their number, in which a file is not
    /// done. Paths begin at `directory`.
    #[must_use]
    pub fn unfinished(
        &self,
        directory: &Path,
        done: &DoneWork,
        selection: &str,
        count: u64,
    ) -> Vec<u64> {
        let open = |task: &Task| {
            let mut files = task.files.iter();
            files.any(|file| file.standing(directory, done, selection) == Standing::Open)
        };
        let open: BTreeSet<usize> = (0..self.tasks.len())
            .filter(|i| open(&self.tasks[*i]))
            .collect();
        (0..count)
            .filter(|number| open.range(self.stripe(*number, count)).next().is_some())
            .collect()
    }
}

impl PlannedFile {
    /// Where the file is, seen from the directory of the plan; a URL is the same everywhere.
    #[must_use]
    pub fn path(&self, directory: &Path) -> PathBuf {
        match self.path.contains("://") {
            true => PathBuf::from(&self.path),
            false => directory.join(&self.path),
        }
    }

    /// What the records say about the file as it is now, or, where it has gone, as it was;
    /// what lies on an object store is not asked again.
    #[must_use]
    pub(crate) fn standing(&self, directory: &Path, done: &DoneWork, selection: &str) -> Standing {
        let now = SourceRecord::of_file(&self.path(directory));
        let record = now.unwrap_or_else(|| self.record(directory));
        done.standing(&record, selection)
    }

    /// What the ledger would say of the file as it was when it was planned.
    #[must_use]
    pub fn record(&self, directory: &Path) -> SourceRecord {
        SourceRecord {
            size: self.size,
            modified: self.modified.clone(),
            version: self.version.clone(),
            ..SourceRecord::named(&self.path(directory))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(tasks: usize) -> TaskPlan {
        let file = |i: usize| PlannedFile {
            path: format!("{i}.nc"),
            size: 10,
            modified: None,
            version: None,
            span: Some([i as u64, i as u64 + 1]),
        };
        let task = |i| Task {
            bytes: 4,
            memory: 1 << 20,
            seconds: 3,
            objects: 1,
            files: vec![file(i)],
        };
        TaskPlan {
            tasks: (0..tasks).map(task).collect(),
            ..TaskPlan::new("a.zarr".into(), String::new(), MatchOptions::default())
        }
    }

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        for tasks in [0, 1, 3] {
            let plan = plan(tasks);
            let mut text = Vec::new();
            plan.write(&mut text).unwrap();
            assert_eq!(TaskPlan::parse(&text), Ok(plan));
            let text = String::from_utf8(text).unwrap();
            let own = text
                .lines()
                .filter(|line| line.starts_with("    {\"bytes\""));
            assert_eq!(own.count(), tasks, "{text}");
        }
        let newer = TaskPlan { form: 2, ..plan(1) };
        let mut text = Vec::new();
        newer.write(&mut text).unwrap();
        assert!(TaskPlan::parse(&text).unwrap_err().contains("form 2"));
        assert!(TaskPlan::parse(b"{").is_err());
    }

    #[test]
    fn stripes_have_every_task_once() {
        for (tasks, count) in [(10, 3), (3, 10), (0, 4), (7, 7), (1, 1)] {
            let plan = plan(tasks);
            let all: Vec<usize> = (0..count).flat_map(|n| plan.stripe(n, count)).collect();
            assert_eq!(all, (0..tasks).collect::<Vec<_>>());
        }
        let none = DoneWork::default();
        assert_eq!(plan(3).unfinished(Path::new("/"), &none, "s", 5).len(), 3);
        assert_eq!(plan(9).unfinished(Path::new("/"), &none, "s", 9).len(), 9);
    }
}
