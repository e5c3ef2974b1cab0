//! What the readers do alike with bytes that stand for text, beyond [`text`](crate::text).

use zarrio_model::{Region, SourceError, VariableSchema};

use crate::text::{self, CharEncoding, CharRows};

/// Bytes of characters that are looked at in one go.
const SCAN_BYTES: u64 = 1 << 22;

/// More characters, or longer rows, are no text that anybody wrote, but numbers in a damaged
/// or hostile file: they are carried as bytes without a look.
const MOST_BYTES: u64 = 1 << 36;
const LONGEST_ROW: u64 = 1 << 28;

/// Shows a character variable as text, or as bytes with a note where it is none.
///
/// `last_is_length` says whether a text is a row along the last dimension (see
/// [`Axes`](crate::axes::Axes)), or a single character. Whether it is text can only be told
/// from the values, so this reads them all; `read` fetches a region of the characters.
///
/// # Errors
/// Those of `read`.
pub(crate) fn present(
    variable: &mut VariableSchema,
    last_is_length: bool,
    mut read: impl FnMut(&Region, &mut [u8]) -> Result<(), SourceError>,
) -> Result<Result<CharRows, String>, SourceError> {
    let row_length = match variable.shape.last() {
        Some(&length) if last_is_length => length,
        _ => 1,
    };
    if row_length > LONGEST_ROW || variable.num_elements() > MOST_BYTES {
        text::keep_bytes(variable);
        let name = variable.path.as_str();
        return Ok(Err(format!(
            "variable {name:?} has too many characters to be text: it is carried as bytes"
        )));
    }
    if CharEncoding::of(&variable.attributes) == CharEncoding::Utf8 {
        for region in blocks(&variable.shape, last_is_length) {
            let mut bytes = vec![0; usize::try_from(region.num_elements()).unwrap_or(usize::MAX)];
            read(&region, &mut bytes)?;
            if !text::is_utf8(&bytes, usize::try_from(row_length).unwrap_or(usize::MAX)) {
                return Ok(Err(text::keep_bytes(variable)));
            }
        }
    }
    Ok(Ok(text::show(variable, last_is_length)))
}

/// Regions that together cover an array of characters, each of about [`SCAN_BYTES`]; of whole
/// rows, however long, where these are texts.
fn blocks(shape: &[u64], of_rows: bool) -> Vec<Region> {
    if of_rows {
        return row_blocks(shape);
    }
    // A row of one character each.
    let shape: Vec<u64> = shape.iter().copied().chain([1]).collect();
    let without_row = |region: Region| {
        let mut ranges = region.ranges().to_vec();
        ranges.pop();
        Region::new(ranges)
    };
    row_blocks(&shape).into_iter().map(without_row).collect()
}

fn row_blocks(shape: &[u64]) -> Vec<Region> {
    let Some((&first, rest)) = shape.split_first() else {
        return vec![Region::default()];
    };
    if rest.is_empty() || shape.contains(&0) {
        return vec![Region::full(shape)];
    }
    let slab = rest.iter().copied().fold(1, u64::saturating_mul);
    if slab > SCAN_BYTES && rest.len() > 1 {
        let inner = row_blocks(rest);
        let with_first = |index: u64, region: &Region| {
            Region::new(
                std::iter::once(index..index + 1)
                    .chain(region.ranges().iter().cloned())
                    .collect(),
            )
        };
        return (0..first)
            .flat_map(|index| inner.iter().map(move |region| with_first(index, region)))
            .collect();
    }
    let step = (SCAN_BYTES / slab).max(1);
    let step_at = usize::try_from(step).unwrap_or(usize::MAX);
    (0..first)
        .step_by(step_at)
        .map(|start| {
            let outer = start..first.min(start.saturating_add(step));
            Region::new(
                std::iter::once(outer)
                    .chain(rest.iter().map(|&n| 0..n))
                    .collect(),
            )
        })
        .collect()
}

/// The text of a character attribute.
///
/// Trailing NULs are padding. Bytes that are no UTF-8 are taken as ISO 8859-1, which is
/// what files with a degree sign in `units` mean; no byte is lost.
pub(crate) fn attribute_text(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last + 1);
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes[..end].iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_an_array_once_in_whole_rows() {
        for shape in [
            vec![],
            vec![5],
            vec![0, 3],
            vec![10, 1 << 21],
            vec![3, 5, 1 << 22],
            vec![1 << 24],
        ] {
            for of_rows in [true, false] {
                let blocks = blocks(&shape, of_rows);
                let total: u64 = blocks.iter().map(Region::num_elements).sum();
                assert_eq!(total, shape.iter().product::<u64>(), "{shape:?}");
                for block in &blocks {
                    assert!(block.fits(&shape));
                    assert!(!of_rows || block.shape().last() == shape.last());
                    assert!(of_rows || block.num_elements() <= SCAN_BYTES);
                }
            }
        }
    }

    #[test]
    fn immense_rows_are_not_looked_at() {
        let mut variable = VariableSchema {
            path: zarrio_model::NodePath::parse("noise"),
            data_type: zarrio_model::DataType::UInt8,
            dimensions: vec!["n".to_owned()],
            shape: vec![1 << 40],
            attributes: zarrio_model::Attributes::new(),
            layout: zarrio_model::NativeLayout::default(),
        };
        let presented = present(&mut variable, true, |_, _| unreachable!("nothing is read"));
        assert!(presented.unwrap().unwrap_err().contains("noise"));
        assert_eq!(variable.shape, [1 << 40]);
    }

    #[test]
    fn attributes_keep_every_byte() {
        assert_eq!(attribute_text(b"K\0\0"), "K");
        assert_eq!(attribute_text(b"\xb0C"), "°C");
        assert_eq!(attribute_text("°C".as_bytes()), "°C");
        assert_eq!(attribute_text(b""), "");
    }
}
