//! Archives for the year, and what a reader finds in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use zarrio_model::{NodePath, Region, Source as _};
use zarrio_region::ZarrSource;
use zarrio_store::{FilesystemStore, FsyncMode};

use super::objects::{copy, objects};
use super::year::{Year, run, write, year};

/// The steps of each month; `year.py` writes them.
const STEPS: [u64; 12] = [124, 112, 124, 120, 124, 120, 124, 124, 120, 124, 120, 124];
/// Elements of a step.
const CELLS: u64 = 4 * 5;

/// What an archive is like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) format: u8,
    /// Steps of a chunk, or of a shard.
    pub(super) chunk: u64,
    /// Steps before the first and after the last file, so that these share chunks at both
    /// ends too: a multiple of 4.
    pub(super) margin: u64,
    /// Chunks in a shard along time.
    pub(super) shards: Option<u64>,
}

impl Layout {
    pub(super) const PLAIN: Self = Self {
        format: 3,
        chunk: 100,
        margin: 0,
        shards: None,
    };

    fn steps(&self) -> u64 {
        STEPS.iter().sum::<u64>() + 2 * self.margin
    }
}

/// Archives of one layout, all from one template.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) year: Arc<Year>,
    pub(super) layout: Layout,
    directory: TempDir,
    template: PathBuf,
}

impl Case {
    /// A template for the year; skips aloud without Python.
    pub(super) fn new(layout: Layout) -> Option<Self> {
        let year = year()?;
        let directory = tempfile::tempdir().unwrap();
        let template = directory.path().join("template.zarr");
        year.template(&template, &layout);
        Some(Self {
            year,
            layout,
            directory,
            template,
        })
    }

    /// A place for archives.
    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A new archive in which nothing is written yet.
    pub(super) fn archive(&self, name: &str) -> PathBuf {
        let archive = self.directory().join(format!("{name}.zarr"));
        copy(&self.template, &archive);
        archive
    }

    /// The objects of an archive that one process has written, one file after the other.
    pub(super) fn alone(&self) -> BTreeMap<String, Vec<u8>> {
        let archive = self.archive("alone");
        run(&mut write(&self.year.files, &archive));
        self.assert_complete(&archive, "alone");
        objects(&archive)
    }

    /// Every point of every file is there.
    pub(super) fn assert_complete(&self, archive: &Path, when: &str) {
        let shares = self.shares(archive);
        let shares = shares.unwrap_or_else(|torn| panic!("{when}: {torn}"));
        assert!(
            shares.whole >= 24 && shares.absent == 0,
            "{when}: {shares:?}"
        );
    }

    /// What a reader finds of each file in each chunk that the file has a share of.
    ///
    /// # Errors
    /// Where a share is neither there nor absent as a whole, or something else is there.
    pub(super) fn shares(&self, archive: &Path) -> Result<Shares, String> {
        let layout = &self.layout;
        let store = FilesystemStore::open(archive, FsyncMode::Never).unwrap();
        let archive = ZarrSource::open(Arc::new(store), &NodePath::root()).unwrap();
        let mut shares = Shares::default();
        for (name, width) in [("temperature", 4), ("rain", 2)] {
            let variable = NodePath::parse(name);
            let region = Region::new(vec![0..layout.steps(), 0..4, 0..5]);
            let mut bytes = vec![0; (layout.steps() * CELLS) as usize * width];
            let read = archive.read(&variable, &region, &mut bytes);
            read.map_err(|e| format!("{e}: {:?}", e.source))?;
            // The element at a step and cell of the archive, and what should be there.
            let element = |step: u64, cell: u64| {
                let at = (step * CELLS + cell) as usize * width;
                &bytes[at..at + width]
            };
            let expected = |step: u64, cell: u64| {
                let index = (step - layout.margin) * CELLS + cell;
                match width {
                    4 => (index as f32).to_ne_bytes().to_vec(),
                    _ => ((index % 10_000) as i16).to_ne_bytes().to_vec(),
                }
            };
            let fill = match width {
                4 => (-9e9_f32).to_ne_bytes().to_vec(),
                _ => (-32767_i16).to_ne_bytes().to_vec(),
            };
            for (steps, belongs) in stretches(layout) {
                let cells = || steps.clone().flat_map(|s| (0..CELLS).map(move |c| (s, c)));
                if cells().all(|(s, c)| element(s, c) == fill) {
                    shares.absent += usize::from(belongs);
                } else if belongs && cells().all(|(s, c)| element(s, c) == expected(s, c)) {
                    shares.whole += 1;
                } else {
                    return Err(format!("{name} is torn in the steps {steps:?}"));
                }
            }
        }
        Ok(shares)
    }
}

/// How many shares of files in chunks are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shares {
    pub(super) whole: usize,
    pub(super) absent: usize,
}

/// The steps of an archive, cut at the borders of files and of chunks; whether a file has
/// them.
fn stretches(layout: &Layout) -> Vec<(std::ops::Range<u64>, bool)> {
    let mut borders = vec![layout.margin];
    borders.extend(STEPS.iter().scan(layout.margin, |border, steps| {
        *border += steps;
        Some(*border)
    }));
    let year = borders[0]..borders[12];
    borders.extend((0..layout.steps()).step_by(layout.chunk as usize));
    borders.push(layout.steps());
    borders.sort_unstable();
    borders.dedup();
    let ranges = borders.windows(2).map(|border| border[0]..border[1]);
    ranges
        .map(|r| (r.clone(), year.contains(&r.start)))
        .collect()
}
