//! Compares the values of a variable that files must share.

use zarrio_model::{DataType, Region, Source, VariableSchema};

use super::agree::Found;
use super::differences::What;
use crate::RegionError;
use crate::block::{boxes, position};
use crate::time_range::integer;

/// Bytes that are read of either file at once.
const SLAB_BYTES: u64 = 8 << 20;
/// What a text takes on average.
const TEXT_BYTES: u64 = 64;

/// Takes down the first value in which two files differ; -0.0 equals 0.0, and NaN itself.
pub(crate) fn compare(
    ours: &dyn Source,
    theirs: &dyn Source,
    variable: &VariableSchema,
    found: &mut Found<'_>,
) -> Result<(), RegionError> {
    let width = variable.data_type.size();
    let element = width.map_or(TEXT_BYTES, |size| size as u64);
    let (all, origin) = (Region::full(&variable.shape), vec![0; variable.shape.len()]);
    for region in boxes(&all, &origin, &slab_shape(&variable.shape, element)) {
        let differing = match width {
            None => {
                let [ours, theirs] =
                    [ours, theirs].map(|source| source.read_text(&variable.path, &region));
                let (ours, theirs) = (ours?, theirs?);
                let index = ours.iter().zip(&theirs).position(|(a, b)| a != b);
                index.map(|i| (i, format!("{:?}", ours[i]), format!("{:?}", theirs[i])))
            }
            Some(size) => {
                let length = region.num_elements() as usize * size;
                let (mut a, mut b) = (vec![0; length], vec![0; length]);
                ours.read(&variable.path, &region, &mut a)?;
                theirs.read(&variable.path, &region, &mut b)?;
                let mut pairs = a.chunks_exact(size).zip(b.chunks_exact(size));
                let index = pairs.position(|(a, b)| !equal(variable.data_type, a, b));
                index.map(|i| {
                    let shown = |bytes: &[u8]| {
                        shown_value(variable.data_type, &bytes[i * size..(i + 1) * size])
                    };
                    (i, shown(&a), shown(&b))
                })
            }
        };
        if let Some((index, ours, theirs)) = differing {
            let position = position(index as u64, &region);
            let shown: Vec<String> = position.iter().map(u64::to_string).collect();
            let index = match shown.as_slice() {
                [] => String::new(),
                shown => format!("[{}]", shown.join(", ")),
            };
            found.add(&What::Value(variable.path.as_str(), index), ours, theirs);
            return Ok(());
        }
    }
    Ok(())
}

fn equal(data_type: DataType, a: &[u8], b: &[u8]) -> bool {
    use bytemuck::pod_read_unaligned as read;
    a == b
        || match data_type {
            DataType::Float32 => {
                let (a, b) = (read::<f32>(a), read::<f32>(b));
                a == b || a.is_nan() && b.is_nan()
            }
            DataType::Float64 => {
                let (a, b) = (read::<f64>(a), read::<f64>(b));
                a == b || a.is_nan() && b.is_nan()
            }
            _ => false,
        }
}

/// An element for people.
fn shown_value(data_type: DataType, bytes: &[u8]) -> String {
    use bytemuck::pod_read_unaligned as read;
    match data_type {
        DataType::Float32 => read::<f32>(bytes).to_string(),
        DataType::Float64 => read::<f64>(bytes).to_string(),
        DataType::UInt64 => read::<u64>(bytes).to_string(),
        other => integer(other, bytes).map_or_else(|| "?".to_owned(), |value| value.to_string()),
    }
}

/// The lengths of parts of an array that are small enough to be read: of whole rows as far as
/// that goes.
fn slab_shape(shape: &[u64], element: u64) -> Vec<u64> {
    let mut room = SLAB_BYTES / element.max(1);
    let mut lengths: Vec<u64> = Vec::new();
    for length in shape.iter().rev() {
        let taken = (*length).min(room).max(1);
        lengths.insert(0, taken);
        room /= taken;
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slabs_cover_the_array_in_order_and_are_small() {
        for shape in [
            vec![],
            vec![0],
            vec![7],
            vec![3, 5_000_000],
            vec![2000, 1000, 3],
            vec![2, 3, 4_000_000],
        ] {
            let (all, origin) = (Region::full(&shape), vec![0; shape.len()]);
            let slabs: Vec<Region> = boxes(&all, &origin, &slab_shape(&shape, 8)).collect();
            let total: u64 = slabs.iter().map(Region::num_elements).sum();
            assert_eq!(total, all.num_elements(), "{shape:?}");
            for slab in &slabs {
                assert!(slab.num_elements() * 8 <= SLAB_BYTES, "{shape:?} {slab}");
            }
            let starts: Vec<Vec<u64>> = slabs.iter().map(Region::start).collect();
            assert!(starts.is_sorted());
        }
    }

    #[test]
    fn zeros_are_equal_and_so_is_nan() {
        let bytes = |v: f32| v.to_ne_bytes();
        assert!(equal(DataType::Float32, &bytes(0.0), &bytes(-0.0)));
        assert!(equal(
            DataType::Float32,
            &bytes(f32::NAN),
            &bytes(-f32::NAN)
        ));
        assert!(!equal(DataType::Float32, &bytes(1.0), &bytes(1.5)));
    }
}
