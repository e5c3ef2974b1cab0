//! Character arrays as text.
//!
//! NetCDF's `char` is a byte, and a text is a row of them along the last dimension, padded
//! with NUL, or a single one where that dimension is no length. All readers show such a
//! variable as [`DataType::String`]; the functions here do the schema and the decoding so that
//! they do it alike.

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

/// How the texts of a character variable lie in it, and what their bytes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CharRows {
    /// The length of the last dimension where a text is a row along it; `None` where every
    /// character is a text of its own.
    pub(crate) row_length: Option<u64>,
    pub(crate) encoding: CharEncoding,
}

impl CharRows {
    /// The bytes that one text takes up.
    pub(crate) fn text_size(self) -> u64 {
        self.row_length.unwrap_or(1)
    }

    /// The shape of the texts in characters of this shape.
    pub(crate) fn text_shape(self, shape: &[u64]) -> &[u64] {
        match shape.split_last() {
            Some((_, outer)) if self.row_length.is_some() => outer,
            _ => shape,
        }
    }

    /// The region of the characters that hold the texts of `region`.
    pub(crate) fn char_region(self, region: &Region) -> Region {
        let row = self.row_length.map(|length| 0..length);
        Region::new(region.ranges().iter().cloned().chain(row).collect())
    }
}

/// Shows a character variable as text: without its last dimension when that is the length of
/// its texts, and with a character for each element otherwise.
///
/// `_Encoding` is removed, because it describes bytes that the result no longer has.
pub(crate) fn show(variable: &mut VariableSchema, last_is_length: bool) -> CharRows {
    let encoding = CharEncoding::of(&variable.attributes);
    variable.data_type = DataType::String;
    variable.layout.declared_type = Some(DECLARED.to_owned());
    variable.attributes.remove("_Encoding");
    let row_length = if last_is_length {
        variable.dimensions.pop();
        variable.shape.pop()
    } else {
        None
    };
    if let Some(chunks) = &mut variable.layout.chunks {
        chunks.truncate(variable.shape.len());
    }
    CharRows {
        row_length,
        encoding,
    }
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
    fn the_last_dimension_may_be_the_length_of_a_text() {
        let mut rows = variable(&["station", "length"], &[3, 8]);
        rows.layout.chunks = Some(vec![2, 8]);
        assert_eq!(show(&mut rows, true).row_length, Some(8));
        assert_eq!(
            (rows.data_type, &rows.shape[..]),
            (DataType::String, &[3][..])
        );
        assert_eq!(
            (rows.dimensions, rows.layout.chunks),
            (vec!["station".to_owned()], Some(vec![2]))
        );
        assert!(rows.attributes.is_empty());

        let mut single = variable(&["station", "level"], &[3, 8]);
        assert_eq!(show(&mut single, false).row_length, None);
        assert_eq!(
            (single.data_type, single.shape),
            (DataType::String, vec![3, 8])
        );

        for last_is_length in [false, true] {
            let mut scalar = variable(&[], &[]);
            assert_eq!(show(&mut scalar, last_is_length).text_size(), 1);
            assert!(scalar.shape.is_empty());
        }
    }

    #[test]
    fn regions_gain_the_row_where_there_is_one() {
        let rows = |row_length| CharRows {
            row_length,
            encoding: CharEncoding::Utf8,
        };
        let region = Region::new(vec![1..3, 4..5]);
        assert_eq!(
            rows(Some(8)).char_region(&region),
            Region::new(vec![1..3, 4..5, 0..8])
        );
        assert_eq!(rows(None).char_region(&region), region);
        assert_eq!(rows(Some(8)).text_shape(&[3, 5, 8]), [3, 5]);
        assert_eq!(rows(None).text_shape(&[3, 5, 8]), [3, 5, 8]);
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
