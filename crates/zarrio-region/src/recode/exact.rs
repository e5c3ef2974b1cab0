//! From a source's encoding to an archive's without loss.
//!
//! A value is decoded by the source's attributes and encoded by the archive's. It is taken
//! only if the archive then says what the source said: nothing is lost, whatever the two
//! encodings are. Never is one file's scale applied to another's integers.

use zarrio_model::time::TimeCoding;
use zarrio_model::{DataType, VariableSchema};

use super::encoding::{Encoding, Meaning, Number, read, write};

/// How elements are changed on their way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Exact {
    source: Encoding,
    archive: Encoding,
}

impl Exact {
    /// The change from a source's variable to an archive's; `None` when bytes stay as they
    /// are. Times are changed from one epoch to another.
    ///
    /// # Errors
    /// Why nothing can be carried over.
    pub(super) fn new(
        source: &VariableSchema,
        archive: &VariableSchema,
        source_time: Option<&TimeCoding>,
        archive_time: Option<&TimeCoding>,
    ) -> Result<Option<Self>, String> {
        if source.data_type == DataType::String || archive.data_type == DataType::String {
            return match source.data_type == archive.data_type {
                true => Ok(None),
                false => Err(format!(
                    "it is {} in the source and {} in the archive",
                    source.data_type, archive.data_type
                )),
            };
        }
        let times = source_time
            .zip(archive_time)
            .filter(|(from, to)| from != to);
        let recode = Self {
            source: Encoding::new(source, times.map(|(time, _)| time)),
            archive: Encoding::new(archive, times.map(|(_, time)| time)),
        };
        Ok((recode.source != recode.archive).then_some(recode))
    }

    /// Whether there may be values that would be lost. There are none where both sides say
    /// what they store, without packing or codes of their own, and the archive's type holds
    /// all that the source's does.
    pub(super) fn may_lose(&self) -> bool {
        !self.source.lies_in(&self.archive)
    }

    /// The type that the source delivers.
    pub(super) fn source_type(&self) -> DataType {
        self.source.data_type
    }

    /// Changes elements in native byte order.
    ///
    /// # Errors
    /// The first value that the archive's encoding cannot hold, and what it would become.
    pub(super) fn apply(&self, bytes: &[u8]) -> Result<Vec<u8>, Lost> {
        let width = self.source.data_type.size().unwrap_or(1);
        let target_width = self.archive.data_type.size().unwrap_or(1);
        let mut out = Vec::with_capacity(bytes.len() / width * target_width);
        for (element, stored) in bytes.chunks_exact(width).enumerate() {
            let meaning = self.source.decode(read(self.source.data_type, stored));
            let encoded = self.archive.encode(meaning);
            let back = encoded.map(|number| self.archive.decode(number));
            match encoded {
                Some(number) if back.is_some_and(|back| self.same(meaning, back)) => {
                    write(self.archive.data_type, number, &mut out);
                }
                _ => {
                    let reason = self.reason(meaning, back);
                    return Err(Lost { element, reason });
                }
            }
        }
        Ok(out)
    }

    /// Whether the archive says what the source said.
    fn same(&self, said: Meaning, back: Meaning) -> bool {
        match (said, back) {
            (Meaning::NoDate(_), _) => false,
            (Meaning::Value(said), Meaning::Value(back)) => {
                said.equals(back) || self.near(said, back)
            }
            (said, back) => said == back,
        }
    }

    /// Whether two values differ by nothing but what the arithmetic of packing, or the
    /// nearest binary32 to an unpacked value, rounds off. What was never packed is exact.
    fn near(&self, said: Number, back: Number) -> bool {
        let epsilon = match self.archive.data_type {
            _ if !self.source.is_packed() => return false,
            DataType::Float32 if !self.archive.is_packed() => f64::from(f32::EPSILON),
            _ => 4.0 * f64::EPSILON,
        };
        let (said, back) = (said.to_f64(), back.to_f64());
        let offset = self.source.offset.abs().max(self.archive.offset.abs());
        (said - back).abs() <= epsilon * said.abs().max(offset)
            // And no other number of the source is as near.
            && self.source.encode(Meaning::Value(Number::Float(back)))
                == self.source.encode(Meaning::Value(Number::Float(said)))
    }

    fn reason(&self, said: Meaning, back: Option<Meaning>) -> String {
        let shown = self.source.text(said);
        match back.filter(|back| *back != said) {
            Some(back) => format!("{shown} would become {}", self.archive.text(back)),
            None => {
                format!(
                    "{shown} has no place in the archive's encoding ({})",
                    self.archive.data_type
                )
            }
        }
    }
}

/// A value that the archive's encoding cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Its number among those that were to be changed.
    pub(crate) element: usize,
    /// What would become of it.
    pub(crate) reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use zarrio_model::{AttributeValue, NativeLayout, NodePath};

    fn variable(data_type: DataType, attributes: &[(&str, f64)]) -> VariableSchema {
        let attributes = attributes
            .iter()
            .map(|(n, v)| ((*n).to_owned(), AttributeValue::Float64(vec![*v])))
            .collect();
        VariableSchema {
            path: NodePath::parse("v"),
            data_type,
            dimensions: vec![],
            shape: vec![],
            attributes,
            layout: NativeLayout::default(),
        }
    }

    fn recode(source: &VariableSchema, archive: &VariableSchema) -> Exact {
        Exact::new(source, archive, None, None).unwrap().unwrap()
    }

    fn i16s(values: &[i16]) -> Vec<u8> {
        values.iter().flat_map(|v| v.to_ne_bytes()).collect()
    }

    #[test]
    fn another_scale_is_refused_when_something_is_lost_and_taken_when_not() {
        let source = variable(
            DataType::Int16,
            &[("scale_factor", 0.1), ("_FillValue", -1.0)],
        );
        let finer = variable(
            DataType::Int32,
            &[("scale_factor", 0.05), ("_FillValue", -9.0)],
        );
        let bytes = recode(&source, &finer).apply(&i16s(&[10, -1, 0])).unwrap();
        let expected: Vec<u8> = [20i32, -9, 0]
            .iter()
            .flat_map(|v| v.to_ne_bytes())
            .collect();
        assert_eq!(bytes, expected);
        let coarser = variable(
            DataType::Int16,
            &[("scale_factor", 1.0), ("_FillValue", -9.0)],
        );
        let lost = recode(&source, &coarser).apply(&i16s(&[10, 5]));
        let lost = lost.unwrap_err();
        assert!(lost.element == 1 && lost.reason.contains("0.5"), "{lost:?}");
    }

    #[test]
    fn a_valid_value_never_becomes_the_fill_value() {
        let source = variable(DataType::Int16, &[("_FillValue", -1.0)]);
        let archive = variable(DataType::Int16, &[("_FillValue", 7.0)]);
        let recode = recode(&source, &archive);
        assert_eq!(recode.apply(&i16s(&[-1, 3])).unwrap(), i16s(&[7, 3]));
        let error = recode.apply(&i16s(&[7])).unwrap_err();
        assert_eq!(error.reason, "7 would become missing");
    }

    #[test]
    fn packed_integers_go_into_floats_and_doubles_only_where_they_fit() {
        let packed = variable(
            DataType::Int16,
            &[
                ("scale_factor", 0.001),
                ("add_offset", 273.15),
                ("_FillValue", -32768.0),
            ],
        );
        let single = variable(DataType::Float32, &[("_FillValue", f64::NAN)]);
        let bytes = recode(&packed, &single)
            .apply(&i16s(&[0, 1, -32768, 32767]))
            .unwrap();
        let values: Vec<f32> = bytes.chunks(4).map(bytemuck::pod_read_unaligned).collect();
        assert_eq!((values[0], values[2].is_nan()), (273.15, true));
        let double = variable(DataType::Float64, &[]);
        let error = recode(&double, &single)
            .apply(&0.1f64.to_ne_bytes())
            .unwrap_err();
        assert!(
            error.reason.starts_with("0.1 would become 0.10000000149"),
            "{error:?}"
        );
        recode(&double, &single)
            .apply(&0.5f64.to_ne_bytes())
            .unwrap();
    }

    #[test]
    fn a_coarser_scale_is_refused_even_where_the_way_back_would_be_found() {
        let source = variable(DataType::Int16, &[("scale_factor", 0.1)]);
        let archive = variable(DataType::Int16, &[("scale_factor", 0.09)]);
        let recode = recode(&source, &archive);
        assert!(recode.apply(&i16s(&[3])).is_err());
        assert_eq!(recode.apply(&i16s(&[9])).unwrap(), i16s(&[10]));
        let taken: Vec<i16> = (-1000..1000)
            .filter(|v| recode.apply(&i16s(&[*v])).is_ok())
            .collect();
        assert!(
            taken.iter().all(|v| v % 9 == 0),
            "only what both grids have: {taken:?}"
        );
    }

    #[test]
    fn every_code_for_missing_becomes_missing() {
        let source = variable(
            DataType::Int16,
            &[("scale_factor", 0.1), ("missing_value", -9999.0)],
        );
        let archive = variable(
            DataType::Int32,
            &[
                ("scale_factor", 0.05),
                ("missing_value", -9999.0),
                ("_FillValue", -1.0),
            ],
        );
        let bytes = recode(&source, &archive).apply(&i16s(&[-9999])).unwrap();
        assert_eq!(bytes, (-1i32).to_ne_bytes());
    }

    #[test]
    fn codes_that_the_type_cannot_hold_mean_nothing() {
        let source = variable(DataType::Int16, &[("_FillValue", f64::NAN)]);
        let archive = variable(DataType::Int16, &[("_FillValue", -32768.0)]);
        assert_eq!(
            recode(&source, &archive).apply(&i16s(&[0])).unwrap(),
            i16s(&[0])
        );
    }

    #[test]
    fn nan_as_fill_value_is_no_difference_for_floats() {
        let plain = variable(DataType::Float32, &[]);
        let filled = variable(DataType::Float32, &[("_FillValue", f64::NAN)]);
        assert_eq!(Exact::new(&plain, &filled, None, None), Ok(None));
        assert_eq!(Exact::new(&filled, &filled, None, None), Ok(None));
    }

    #[test]
    fn wider_types_lose_nothing_and_others_may() {
        use DataType::{Float32, Float64, Int16, Int32, UInt16};
        let may_lose = |from, ours: &[(&str, f64)], to, theirs: &[(&str, f64)]| {
            recode(&variable(from, ours), &variable(to, theirs)).may_lose()
        };
        let fill = |value| [("_FillValue", value)];
        assert!(!may_lose(Float32, &[], Float64, &[]));
        assert!(!may_lose(Int16, &fill(-9.0), Int32, &fill(-9.0)));
        assert!(!may_lose(Int16, &fill(-9.0), Float32, &[]));
        assert!(may_lose(Float64, &[], Float32, &[]));
        assert!(may_lose(UInt16, &[], Int16, &[]));
        assert!(may_lose(Int32, &[], Float32, &[]));
        // A value that would be read as missing, and a missing one without a code.
        assert!(may_lose(Int16, &fill(-9.0), Int32, &fill(-8.0)));
        assert!(may_lose(Int16, &fill(-9.0), Int32, &[]));
        assert!(may_lose(Float32, &[], Float64, &[("scale_factor", 0.1)]));
    }

    #[test]
    fn times_change_their_epoch() {
        let days = TimeCoding::parse("days since 2000-01-01", None).unwrap();
        let hours = TimeCoding::parse("hours since 1999-12-31", None).unwrap();
        let (source, archive) = (
            variable(DataType::Float64, &[]),
            variable(DataType::Int64, &[]),
        );
        let recode = Exact::new(&source, &archive, Some(&days), Some(&hours))
            .unwrap()
            .unwrap();
        assert_eq!(
            recode.apply(&0.5f64.to_ne_bytes()).unwrap(),
            36i64.to_ne_bytes()
        );
        assert!(recode.apply(&0.51f64.to_ne_bytes()).is_err());
        assert!(recode.apply(&f64::INFINITY.to_ne_bytes()).is_err());
        let floats = variable(DataType::Float64, &[]);
        let recode = Exact::new(&source, &floats, Some(&days), Some(&hours))
            .unwrap()
            .unwrap();
        assert_eq!(
            recode.apply(&1.25f64.to_ne_bytes()).unwrap(),
            54f64.to_ne_bytes()
        );
    }

    proptest! {
        #[test]
        fn what_cannot_be_lost_is_taken(
            types in (0usize..10, 0usize..10),
            codes in (0usize..4, 0usize..4),
            bytes in prop::collection::vec(any::<u8>(), 64),
        ) {
            use DataType::*;
            const TYPES: [DataType; 10] =
                [Int8, UInt8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Float32, Float64];
            let of = |data_type: usize, code: usize| {
                let code = [None, Some(0.0), Some(7.0), Some(-1.0)][code];
                let attributes: Vec<_> = code.map(|v| ("_FillValue", v)).into_iter().collect();
                variable(TYPES[data_type], &attributes)
            };
            let recode = Exact::new(&of(types.0, codes.0), &of(types.1, codes.1), None, None).unwrap();
            if let Some(recode) = recode.filter(|recode| !recode.may_lose()) {
                prop_assert!(recode.apply(&bytes).is_ok(), "{:?}", recode.apply(&bytes));
            }
        }

        #[test]
        fn what_is_taken_comes_back(value: i16, scale in 0.001f64..10.0, offset in -500f64..500.0) {
            let packed = variable(DataType::Int16, &[("scale_factor", scale), ("add_offset", offset)]);
            let double = variable(DataType::Float64, &[]);
            let there = recode(&packed, &double).apply(&i16s(&[value])).unwrap();
            prop_assert_eq!(recode(&double, &packed).apply(&there).unwrap(), i16s(&[value]));
        }
    }
}
