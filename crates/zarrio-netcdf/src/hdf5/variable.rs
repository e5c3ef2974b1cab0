//! A variable as zarrio shows it, and how its stored elements become that.

use zarrio_model::{DataType, NodePath, Region, SourceError, SourceErrorKind, VariableSchema};

use super::array::Array;
use super::datatype::{Class, Padding};
use super::fault::{Fault, Outcome};
use super::file::{HdfFile, zeroed};
use super::heap::GlobalHeap;
use super::walk::RawVariable;
use super::{describe, read, value};
use crate::chars;
use crate::text::{self, CharEncoding, CharRows};

/// Characters above this number are taken for text without a look where the file is too small
/// for them: an extent is easily claimed.
const MOST_SCANNED: u64 = 256 << 20;
/// The most that Deflate makes of a byte.
const DEFLATE: u64 = 1032;

/// Bytes of stored text that are held at a time.
const TEXT_BYTES: u64 = 64 << 20;
/// The longest single text.
const LONGEST_TEXT: u64 = 1 << 30;

/// The dimensions of a variable.
#[derive(Debug)]
pub(super) struct Dimensions {
    pub(super) names: Vec<String>,
    pub(super) lengths: Vec<u64>,
    /// Whether characters are texts along the last of them.
    pub(super) last_is_text_length: bool,
}

/// What reading a variable takes.
#[derive(Debug)]
pub(super) struct Variable {
    /// The data, or why they cannot be read.
    array: Outcome<Array>,
    /// Bytes of an element in the file.
    element_size: usize,
    kind: Kind,
    /// The bytes of an element that lies beyond the stored extent, as in the file; none stand
    /// for zeros.
    beyond: Vec<u8>,
}

#[derive(Debug)]
enum Kind {
    Numbers {
        swapped: bool,
    },
    Chars(CharRows),
    FixedText {
        padding: Padding,
        encoding: CharEncoding,
    },
    Text {
        encoding: CharEncoding,
    },
}

/// How many characters are looked at in a file of this length.
fn most_scanned(bytes: u64) -> u64 {
    bytes.saturating_mul(DEFLATE).max(MOST_SCANNED)
}

impl Variable {
    /// The variable and its schema.
    pub(super) fn new(
        file: &HdfFile,
        raw: RawVariable,
        path: NodePath,
        dimensions: Dimensions,
        notes: &mut Vec<String>,
    ) -> Outcome<(Self, VariableSchema)> {
        let RawVariable {
            datatype,
            attributes,
            array,
            ..
        } = raw;
        let encoding = CharEncoding::of(&attributes);
        let mut schema = VariableSchema {
            path,
            data_type: datatype.number().unwrap_or(DataType::String),
            dimensions: dimensions.names,
            shape: dimensions.lengths,
            attributes,
            layout: array.as_ref().map(describe::layout).unwrap_or_default(),
        };
        let beyond = match &array {
            Ok(array) if array.fill_is_set => array.fill.clone(),
            // For text that is none: zeros, which stand for the empty text.
            _ => describe::default_fill(&datatype.class, datatype.big_endian),
        };
        let swapped = datatype.big_endian != cfg!(target_endian = "big");
        let is_char = datatype.class == Class::Char;
        let kind = match datatype.class {
            Class::Number(_) => Kind::Numbers { swapped },
            Class::Enumeration { base, members } => {
                describe::name_flags(&mut schema, base, &members);
                schema.layout.declared_type = Some(datatype.name);
                Kind::Numbers { swapped }
            }
            Class::Char => Kind::Numbers { swapped: false },
            Class::FixedText(padding) => Kind::FixedText { padding, encoding },
            Class::Text => {
                if datatype.size != GlobalHeap::reference_size(file) {
                    return Err(Fault::invalid(format!(
                        "its texts have {} bytes",
                        datatype.size
                    )));
                }
                Kind::Text { encoding }
            }
            Class::ReferenceLists | Class::Other => {
                return Err(Fault::unsupported(datatype.name));
            }
        };
        let element_size = datatype.size;
        let mut this = Self {
            array,
            element_size,
            kind,
            beyond,
        };
        if is_char {
            this.present_chars(file, &mut schema, dimensions.last_is_text_length, notes);
        }
        Ok((this, schema))
    }

    /// Shows characters as text, or as bytes with a note where they are none.
    fn present_chars(
        &mut self,
        file: &HdfFile,
        schema: &mut VariableSchema,
        last_is_length: bool,
        notes: &mut Vec<String>,
    ) {
        // The error goes no further than this function.
        let unread = || SourceError::new(SourceErrorKind::Invalid, "", "not readable");
        let most = most_scanned(hdf5_reader::Storage::len(file));
        let presented = if schema.num_elements() > most {
            Err(unread())
        } else {
            chars::present(schema, last_is_length, |region, out| {
                self.numbers(file, region, out).map_err(|_| unread())
            })
        };
        self.kind = match presented {
            Ok(Ok(rows)) => Kind::Chars(rows),
            Ok(Err(note)) => {
                notes.push(note);
                Kind::Numbers { swapped: false }
            }
            // What cannot be read is taken for text: the error is met again, and reported,
            // by those who want the values.
            Err(_) => Kind::Chars(text::show(schema, last_is_length)),
        };
    }

    /// The data, or why they cannot be read.
    pub(super) fn array(&self) -> Outcome<&Array> {
        self.array.as_ref().map_err(Clone::clone)
    }

    /// Fills `out` with numbers in native byte order.
    pub(super) fn numbers(&self, file: &HdfFile, region: &Region, out: &mut [u8]) -> Outcome<()> {
        let array = self.array.as_ref().map_err(Clone::clone)?;
        read::read(file, array, region, &self.beyond, out)?;
        if matches!(self.kind, Kind::Numbers { swapped: true }) {
            read::swap_bytes(out, self.element_size);
        }
        Ok(())
    }

    /// The texts of a region.
    pub(super) fn texts(&self, file: &HdfFile, region: &Region) -> Outcome<Vec<String>> {
        let size = match self.kind {
            Kind::Chars(rows) => rows.text_size(),
            _ => self.element_size as u64,
        };
        let mut texts = Vec::new();
        // The stored form of a text may be much longer than the text, so it is held for a part
        // of them at a time.
        let mut pending = vec![region.clone()];
        while let Some(part) = pending.pop() {
            let bytes = part.num_elements().saturating_mul(size);
            match halves(&part).filter(|_| bytes > TEXT_BYTES) {
                Some([first, second]) => pending.extend([second, first]),
                None if bytes > LONGEST_TEXT => {
                    return Err(Fault::invalid(format!("a text of {bytes} bytes")));
                }
                None => texts.append(&mut self.some_texts(file, &part)?),
            }
        }
        Ok(texts)
    }

    fn some_texts(&self, file: &HdfFile, region: &Region) -> Outcome<Vec<String>> {
        let rows = usize::try_from(region.num_elements()).map_err(|_| super::file::overflow())?;
        let not_text =
            |row: usize| Fault::invalid(format!("element {row} of {region} is not UTF-8 text"));
        let decode = |row: usize, bytes: &[u8], encoding| {
            text::decode_rows(bytes, bytes.len(), 1, encoding)
                .map(|mut texts| texts.pop().unwrap_or_default())
                .map_err(|_| not_text(row))
        };
        match self.kind {
            Kind::Chars(chars) => {
                let length =
                    usize::try_from(chars.text_size()).map_err(|_| super::file::overflow())?;
                let bytes = self.bytes(file, &chars.char_region(region))?;
                text::decode_rows(&bytes, length, rows, chars.encoding)
                    .map_err(|error| not_text(error.row))
            }
            Kind::FixedText { padding, encoding } => {
                let bytes = self.bytes(file, region)?;
                let stored = bytes.chunks(self.element_size).enumerate();
                stored
                    .map(|(row, text)| decode(row, value::cut(text, padding), encoding))
                    .collect()
            }
            Kind::Text { encoding } => {
                let bytes = self.bytes(file, region)?;
                let mut heap = GlobalHeap::new(file);
                let references = bytes.chunks(self.element_size).enumerate();
                references
                    .map(|(row, reference)| {
                        let text = value::cut(heap.get(reference, 1)?, Padding::NullTerminated);
                        decode(row, text, encoding)
                    })
                    .collect()
            }
            Kind::Numbers { .. } => Err(Fault::invalid("it is not text")),
        }
    }

    fn bytes(&self, file: &HdfFile, region: &Region) -> Outcome<Vec<u8>> {
        let length = usize::try_from(region.num_elements())
            .ok()
            .and_then(|elements| elements.checked_mul(self.element_size))
            .ok_or_else(super::file::overflow)?;
        let mut bytes = zeroed(length)?;
        self.numbers(file, region, &mut bytes)?;
        Ok(bytes)
    }
}

/// A region in two parts, of which one follows the other; `None` for a single element.
fn halves(region: &Region) -> Option<[Region; 2]> {
    let dimension = region
        .ranges()
        .iter()
        .position(|range| range.end - range.start > 1)?;
    let cut = |first: bool| {
        let mut ranges = region.ranges().to_vec();
        let range = ranges.get_mut(dimension)?;
        let middle = range.start + (range.end - range.start) / 2;
        *range = if first {
            range.start..middle
        } else {
            middle..range.end
        };
        Some(Region::new(ranges))
    };
    Some([cut(true)?, cut(false)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_characters_are_looked_at_as_a_file_can_hold() {
        assert_eq!(most_scanned(10_000), MOST_SCANNED);
        assert!(most_scanned(MOST_SCANNED + 1) > MOST_SCANNED);
        assert!(most_scanned(1 << 20) > 1 << 30);
    }
}
