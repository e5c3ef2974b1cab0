//! A plan for people.

use std::fmt;

use crate::{ChunkPlan, Cost, ReadCost};

/// The names of the reads in the order of [`crate::Read::ALL`].
const READS: [&str; 3] = [
    "series at a point",
    "map at an instant",
    "region over a period",
];

impl fmt::Display for ChunkPlan {
    /// The chunks, a table of the three costs before and after, and warnings with remedies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.dimensions.iter().zip(&self.chunks);
        let chunks: Vec<String> = pairs.map(|(d, c)| format!("{}:{c}", d.name)).collect();
        writeln!(
            f,
            "{} ({}, {}): {} of {}",
            chunks.join(","),
            self.strategy,
            self.pattern,
            counted(self.num_chunks, "chunk"),
            size(self.chunk_bytes as f64),
        )?;
        let before = self.source.as_ref().map(|layout| layout.cost.reads());
        let after = self.cost.reads();
        let mut rows = vec![["", "wanted", "source's chunks", "these chunks"].map(str::to_owned)];
        for (i, name) in READS.iter().enumerate() {
            let shown = |cost: &ReadCost| {
                format!(
                    "{} in {}",
                    size(cost.bytes),
                    counted(cost.chunks.round() as u64, "chunk")
                )
            };
            rows.push([
                (*name).to_owned(),
                size(after[i].wanted),
                before
                    .as_ref()
                    .map(|reads| shown(&reads[i]))
                    .unwrap_or_default(),
                shown(&after[i]),
            ]);
        }
        let total = |cost: &Cost| size(cost.total);
        rows.push([
            "weighted cost".to_owned(),
            String::new(),
            self.source
                .as_ref()
                .map(|layout| total(&layout.cost))
                .unwrap_or_default(),
            total(&self.cost),
        ]);
        table(f, &rows)?;
        let memory = size(self.writer_memory as f64);
        writeln!(f, "  a writer needs {memory} for each thread")?;
        if let Some(shards) = &self.shards {
            let pairs = self.dimensions.iter().zip(&shards.shape);
            let shape: Vec<String> = pairs.map(|(d, c)| format!("{}:{c}", d.name)).collect();
            writeln!(
                f,
                "  shards of {} would make {} of {}, with {} in each",
                shape.join(","),
                counted(shards.count, "object"),
                size(shards.bytes as f64),
                counted(shards.chunks, "chunk"),
            )?;
        }
        for warning in &self.warnings {
            writeln!(f, "  {warning}; {}", warning.remedy())?;
        }
        Ok(())
    }
}

/// Columns that line up; a column that is empty but for its heading is left out.
fn table(f: &mut fmt::Formatter<'_>, rows: &[[String; 4]]) -> fmt::Result {
    let width = |column: usize| {
        let cells = || rows.iter().map(move |row| row[column].chars().count());
        let empty = cells().skip(1).all(|width| width == 0);
        if empty { 0 } else { cells().max().unwrap_or(0) }
    };
    let widths = [0, 1, 2, 3].map(width);
    for row in rows {
        let mut line = format!("  {:1$}", row[0], widths[0]);
        for (cell, width) in row
            .iter()
            .zip(widths)
            .skip(1)
            .filter(|(_, width)| *width > 0)
        {
            line.push_str(&format!("  {cell:>width$}"));
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A size to three digits, which is as much as an estimate has.
fn size(bytes: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut value, mut unit) = (bytes, 0);
    while value >= 1023.5 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let decimals = match value {
        _ if unit == 0 => 0,
        0.0..9.995 => 2,
        9.995..99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {}", units[unit])
}

fn counted(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
