//! Character arrays as text.
//!
//! NetCDF's `char` is a byte, and a text is a row of them along the last dimension, padded
//! with NUL. Both readers show such a variable as [`DataType::String`] without that
//! dimension; the functions here do the schema and the decoding so that both do it alike.

use zarrio_model::{Attributes, DataType, Region, VariableSchema};

/// The type as the file declares it, for [`NativeLayout`](zarrio_model::NativeLayout).
const DECLARED: &str = "char";

/// How the bytes of a character variable become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CharEncoding {
    /// UTF-8, of which ASCII is a part: what is taken without an `_Encoding` attribute.
    Utf8,
    /// ISO 8859-1: every byte is the character of its number.
    Latin1,
}

impl CharEncoding {
    /// What the attribute `_Encoding` says; UTF-8 when it is absent or names an unknown one.
    pub(crate) fn of(attributes: &Attributes) -> Self {
        let name = attributes
            .text("_Encoding")
            .unwrap_or_default()
            .to_ascii_lowercase();
        match name.replace(['-', '_', ' '], "").as_str() {
            "latin1" | "iso88591" | "l1" => Self::Latin1,
            _ => Self::Utf8,
        }
    }
}

/// A row that is not text in its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotText {
    /// The position of the row among those decoded.
    pub(crate) row: usize,
}

/// Shows a character variable as text: without its last dimension, whose length is returned.
///
/// A scalar stays a scalar, with rows of one byte. `_Encoding` is removed, because it
/// describes bytes that the result no longer has.
pub(crate) fn collapse(variable: &mut VariableSchema) -> u64 {
    variable.data_type = DataType::String;
    variable.layout.declared_type = Some(DECLARED.to_owned());
    variable.attributes.remove("_Encoding");
    variable.dimensions.pop();
    variable.shape.pop().unwrap_or(1)
}

/// Shows a character variable as bytes, with its last dimension; gives the note that says so.
pub(crate) fn keep_bytes(variable: &mut VariableSchema) -> String {
    variable.data_type = DataType::UInt8;
    variable.layout.declared_type = Some(DECLARED.to_owned());
    format!(
        "variable {:?} holds characters that are not UTF-8 and names no encoding for them: \
         it is carried as bytes",
        variable.path.as_str()
    )
}

/// The region of the characters that hold the texts of `region`.
///
/// `dimensionality` is that of the characters: a scalar character has no row to add.
pub(crate) fn char_region(region: &Region, dimensionality: usize, row_length: u64) -> Region {
    let mut ranges = region.ranges().to_vec();
    if dimensionality > ranges.len() {
        ranges.push(0..row_length);
    }
    Region::new(ranges)
}

/// The texts of `rows` rows of `row_length` bytes, without trailing NULs.
///
/// # Errors
/// The first row that is not text in this encoding, or that `bytes` is too short for.
pub(crate) fn decode_rows(
    bytes: &[u8],
    row_length: usize,
    rows: usize,
    encoding: CharEncoding,
) -> Result<Vec<String>, NotText> {
    let mut texts = Vec::new();
    for row in 0..rows {
        let text = row_bytes(bytes, row_length, row)
            .and_then(|bytes| match encoding {
                CharEncoding::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
                CharEncoding::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
            })
            .ok_or(NotText { row })?;
        texts.push(text);
    }
    Ok(texts)
}

/// Whether every row is UTF-8.
pub(crate) fn is_utf8(bytes: &[u8], row_length: usize) -> bool {
    // Rows of zero length hold nothing that could be wrong.
    row_length == 0
        || bytes
            .chunks(row_length)
            .all(|row| std::str::from_utf8(without_nuls(row)).is_ok())
}

fn row_bytes(bytes: &[u8], row_length: usize, row: usize) -> Option<&[u8]> {
    let start = row.checked_mul(row_length)?;
    bytes
        .get(start..start.checked_add(row_length)?)
        .map(without_nuls)
}

fn without_nuls(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last + 1);
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use zarrio_model::{NativeLayout, NodePath};

    use super::*;

    fn variable(dimensions: &[&str], shape: &[u64]) -> VariableSchema {
        VariableSchema {
            path: NodePath::parse("station"),
            data_type: DataType::UInt8,
            dimensions: dimensions.iter().map(|&name| name.to_owned()).collect(),
            shape: shape.to_vec(),
            attributes: [("_Encoding".to_owned(), "UTF-8".into())]
                .into_iter()
                .collect(),
            layout: NativeLayout::default(),
        }
    }

    #[test]
    fn the_last_dimension_is_the_length_of_a_text() {
        let mut two = variable(&["station", "length"], &[3, 8]);
        assert_eq!(collapse(&mut two), 8);
        assert_eq!(
            (two.data_type, two.shape, two.dimensions.len()),
            (DataType::String, vec![3], 1)
        );
        assert!(two.attributes.is_empty());

        let mut scalar = variable(&[], &[]);
        assert_eq!(collapse(&mut scalar), 1);
        assert!(scalar.shape.is_empty());
    }

    #[test]
    fn regions_gain_the_row_except_for_a_scalar() {
        let region = Region::new(vec![1..3, 4..5]);
        assert_eq!(
            char_region(&region, 3, 8),
            Region::new(vec![1..3, 4..5, 0..8])
        );
        assert_eq!(char_region(&Region::default(), 0, 1), Region::default());
    }

    #[test]
    fn trailing_nuls_go_and_blanks_stay() {
        let texts = decode_rows(b"ab\0\0a\0b\0 \0\0\0", 4, 3, CharEncoding::Utf8);
        assert_eq!(
            texts,
            Ok(vec!["ab".to_owned(), "a\0b".to_owned(), " ".to_owned()])
        );
        assert_eq!(
            decode_rows(b"", 0, 2, CharEncoding::Utf8),
            Ok(vec![String::new(); 2])
        );
    }

    #[test]
    fn bytes_above_127_need_an_encoding() {
        assert!(!is_utf8(b"ok\xe9\0", 2));
        assert!(is_utf8("é\0".as_bytes(), 3));
        assert_eq!(
            decode_rows(b"a\xe9", 1, 2, CharEncoding::Utf8),
            Err(NotText { row: 1 })
        );
        let latin = [("_Encoding".to_owned(), "ISO-8859-1".into())]
            .into_iter()
            .collect();
        let texts = decode_rows(b"a\xe9", 2, 1, CharEncoding::of(&latin));
        assert_eq!(texts, Ok(vec!["aé".to_owned()]));
    }

    #[test]
    fn a_row_beyond_the_bytes_is_an_error() {
        assert_eq!(
            decode_rows(b"abc", 2, 2, CharEncoding::Utf8),
            Err(NotText { row: 1 })
        );
    }
}
