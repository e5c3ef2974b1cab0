//! Digests of variables, taken by reading.

use zarrio_model::{NodePath, Region, Source as _, VariableSchema};

use crate::RegionError;
use crate::block::cells;
use crate::content::{Missing, RowHash, RowSum, Scan, variable_digest};
use crate::convert::Converter;
use crate::limits::Limits;
use crate::memory::Buffer;
use crate::observer::Event;
use crate::pipeline::pool;
use crate::transfer::Elements;
use crate::verify::VariableDigest;
use crate::verify::read::{Block, Found, Reader};
use crate::verify::whole;
use crate::zarr_source::ZarrSource;

/// So many rows are hashed beside each other at most.
const BAND: u64 = 1 << 16;

impl Converter<'_> {
    /// The digests of variables, or of all variables of an archive where none is named: equal
    /// for equal values, however they are cut, encoded and stored. What is not written yet
    /// counts as what it reads as.
    ///
    /// # Errors
    /// When there is no such variable, a chunk cannot be read, or the caller asked to stop.
    pub fn digest(
        &self,
        archive: &ZarrSource,
        variables: &[String],
    ) -> Result<Vec<VariableDigest>, RegionError> {
        let paths: Vec<NodePath> = match variables {
            [] => {
                let all = archive.schema().variables();
                all.map(|variable| variable.path.clone()).collect()
            }
            named => named.iter().map(|name| NodePath::parse(name)).collect(),
        };
        let mut readers = Vec::new();
        for path in &paths {
            readers.push(
                Reader::new(archive, path)?.ok_or_else(|| RegionError::Settings {
                    message: format!("there is no variable {:?}", path.as_str()),
                    hint: "'zarrio info' shows the variables of an archive; those of groups are named with their path".into(),
                })?,
            );
        }
        let arrays = readers.iter().map(|r| (r.schema, r.array.chunk_shape()));
        let limits = Limits::new(&self.config).for_variables(arrays);
        let bytes = VariableSchema::raw_bytes_of(readers.iter().map(|r| r.schema));
        self.observer.on_event(&Event::Planned {
            variables: readers.len(),
            chunks: 0,
            bytes,
        });
        let pool = pool(limits.jobs)?;
        readers
            .iter()
            .map(|reader| {
                let variable = &reader.schema.path;
                self.observer.on_event(&Event::VariableStarted { variable });
                let sum = pool.install(|| self.sum(reader, &limits))?;
                Ok(VariableDigest {
                    path: variable.to_string(),
                    digest: variable_digest(reader.schema, sum),
                    values: reader.schema.num_elements(),
                })
            })
            .collect()
    }

    fn sum(&self, reader: &Reader<'_>, limits: &Limits) -> Result<RowSum, RegionError> {
        let blocks = reader.rows(limits)?;
        let length = reader.array.shape().last();
        if blocks.block_shape.last() < length {
            return self.long_rows(reader);
        }
        let scan = Scan {
            data_type: reader.array.data_type(),
            missing: &Missing::default(),
            shape: reader.array.shape(),
            presence: None,
        };
        let (mut sum, mut buffer) = (RowSum::default(), Buffer::default());
        for region in blocks.regions() {
            let block = self.block(reader, &region, std::mem::take(&mut buffer))?;
            let content = scan.content(block.elements.view(), &region, &whole(&region));
            sum = sum.with(content.sum.unwrap_or_default());
            if let Elements::Bytes(bytes) = block.elements {
                buffer = bytes;
            }
        }
        Ok(sum)
    }

    /// The same where a row has no room in the memory: rows side by side, piece after piece.
    fn long_rows(&self, reader: &Reader<'_>) -> Result<RowSum, RegionError> {
        let (Some((length, outer)), Some((piece, band))) = (
            reader.array.shape().split_last(),
            reader.array.chunk_shape().split_last(),
        ) else {
            return Ok(RowSum::default());
        };
        let rows = band.iter().copied().fold(1, u64::saturating_mul);
        let band = match rows > BAND {
            true => vec![1; band.len()],
            false => band.to_vec(),
        };
        let grid = outer.iter().zip(&band).map(|(n, b)| n.div_ceil(*b));
        let (mut sum, mut buffer) = (RowSum::default(), Buffer::default());
        for cell in cells(grid.collect()) {
            let ranges = cell.iter().zip(&band).zip(outer);
            let ranges = ranges.map(|((i, b), n)| i * b..((i + 1) * b).min(*n));
            let ranges: Vec<_> = ranges.collect();
            let rows = Region::new(ranges.clone());
            let first = rows.start();
            let mut hashes: Vec<RowHash> = cells(rows.shape())
                .map(|row| {
                    let position: Vec<u64> = row.iter().zip(&first).map(|(r, f)| r + f).collect();
                    RowHash::new(&position)
                })
                .collect();
            let mut start = 0;
            while start < *length {
                let end = start.saturating_add(*piece).min(*length);
                let mut ranges = ranges.clone();
                ranges.push(start..end);
                let region = Region::new(ranges);
                let block = self.block(reader, &region, std::mem::take(&mut buffer))?;
                let many = (end - start) as usize;
                match block.elements {
                    Elements::Bytes(bytes) => {
                        let width = reader.array.data_type().size().unwrap_or(1);
                        for (row, bytes) in hashes.iter_mut().zip(bytes.chunks(many * width)) {
                            row.numbers(bytes, width);
                        }
                        buffer = bytes;
                    }
                    Elements::Text(texts) => {
                        for (row, texts) in hashes.iter_mut().zip(texts.chunks(many)) {
                            row.texts(texts);
                        }
                    }
                }
                start = end;
            }
            let sums = hashes.into_iter().map(RowHash::finish);
            sum = sums.fold(sum, RowSum::with);
        }
        Ok(sum)
    }

    fn block(
        &self,
        reader: &Reader<'_>,
        region: &Region,
        buffer: Buffer,
    ) -> Result<Block, RegionError> {
        self.cancel.check()?;
        let block = reader.read(region, buffer)?;
        for (chunk, found) in &block.chunks {
            if let Found::Torn(reason) = found {
                return Err(RegionError::Archive {
                    message: format!(
                        "variable {:?}, chunk {}: {reason}",
                        reader.schema.path.as_str(),
                        reader.array.chunk_key(chunk)
                    ),
                });
            }
        }
        let width = reader.array.data_type().size().unwrap_or(0) as u64;
        let bytes = region.num_elements().saturating_mul(width);
        self.observer.on_event(&Event::Looked { bytes });
        Ok(block)
    }
}
