//! From a source's encoding to an archive's, when the two differ.
//!
//! A value is decoded by the source's attributes and encoded by the archive's. It is taken
//! only if the way back leads to where it came from: then nothing is lost, whatever the two
//! encodings are. Never is one file's scale applied to another's integers.

use zarrio_model::time::{Instant, TimeCoding};
use zarrio_model::{Attributes, DataType, VariableSchema};

/// The attributes that settle what a stored number means (CF 8.1, 2.5.1).
const ENCODING: [&str; 4] = ["scale_factor", "add_offset", "_FillValue", "_Unsigned"];

/// How elements are changed on their way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recode {
    source: Encoding,
    archive: Encoding,
}

/// One side's way to store numbers.
#[derive(Debug, Clone, PartialEq)]
struct Encoding {
    data_type: DataType,
    /// Signed integers that stand for unsigned ones.
    unsigned: bool,
    scale: f64,
    offset: f64,
    fill: Option<Number>,
    time: Option<TimeCoding>,
}

/// A stored number; integers stay exact.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Integer(i128),
    Float(f64),
}

/// What a value means.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meaning {
    Missing,
    Value(Number),
    /// Nanoseconds since 1970.
    Time(i128),
}

impl Recode {
    /// The change from a source's variable to an archive's; `None` when bytes stay as they
    /// are. Times are changed from one epoch to another.
    ///
    /// # Errors
    /// Why nothing can be carried over.
    pub(crate) fn new(
        source: &VariableSchema,
        archive: &VariableSchema,
        source_time: Option<&TimeCoding>,
        archive_time: Option<&TimeCoding>,
    ) -> Result<Option<Self>, String> {
        let same = |name: &&str| source.attributes.get(name) == archive.attributes.get(name);
        let times_differ = match (source_time, archive_time) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        if source.data_type == archive.data_type
            && !times_differ
            && ENCODING.iter().all(|n| same(&n))
        {
            return Ok(None);
        }
        if source.data_type == DataType::String || archive.data_type == DataType::String {
            return match source.data_type == archive.data_type {
                true => Ok(None),
                false => Err(format!(
                    "it is {} in the source and {} in the archive",
                    source.data_type, archive.data_type
                )),
            };
        }
        let times = source_time.filter(|_| times_differ).zip(archive_time);
        let recode = Self {
            source: Encoding::new(source, times.map(|(time, _)| time)),
            archive: Encoding::new(archive, times.map(|(_, time)| time)),
        };
        Ok((recode.source != recode.archive).then_some(recode))
    }

    /// The type that the source delivers.
    pub(crate) fn source_type(&self) -> DataType {
        self.source.data_type
    }

    /// Changes elements in native byte order.
    ///
    /// # Errors
    /// The first value that the archive's encoding cannot hold, and what it would become.
    pub(crate) fn apply(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let width = self.source.data_type.size().unwrap_or(1);
        let mut out =
            Vec::with_capacity(bytes.len() / width * self.archive.data_type.size().unwrap_or(1));
        for element in bytes.chunks_exact(width) {
            let stored = read(self.source.data_type, element);
            let meaning = self.source.decode(stored);
            let encoded = self.archive.encode(meaning);
            let back = encoded.map(|number| self.archive.decode(number));
            let kept = match (meaning, back) {
                (Meaning::Value(_), Some(back)) => {
                    back == meaning || self.source.encode(back) == Some(stored)
                }
                (_, back) => back == Some(meaning),
            };
            match encoded {
                Some(number) if kept => write(self.archive.data_type, number, &mut out),
                _ => return Err(self.lost(meaning, back)),
            }
        }
        Ok(out)
    }

    fn lost(&self, meaning: Meaning, back: Option<Meaning>) -> String {
        let text = |meaning: Meaning| match meaning {
            Meaning::Missing => "missing".to_owned(),
            Meaning::Value(Number::Integer(v)) => v.to_string(),
            Meaning::Value(Number::Float(v)) => v.to_string(),
            Meaning::Time(ns) => format!("{ns} ns since 1970"),
        };
        match back.filter(|back| *back != meaning) {
            Some(back) => format!("{} would become {}", text(meaning), text(back)),
            None => format!(
                "{} has no place in the archive's encoding ({})",
                text(meaning),
                self.archive.data_type
            ),
        }
    }
}

impl Encoding {
    fn new(variable: &VariableSchema, time: Option<&TimeCoding>) -> Self {
        let unsigned = variable
            .attributes
            .text("_Unsigned")
            .is_some_and(|t| t == "true");
        let mut encoding = Self {
            data_type: variable.data_type,
            unsigned: unsigned && variable.data_type.is_integer(),
            scale: number(&variable.attributes, "scale_factor").unwrap_or(1.0),
            offset: number(&variable.attributes, "add_offset").unwrap_or(0.0),
            fill: None,
            time: time.cloned(),
        };
        let fill = variable
            .attributes
            .get("_FillValue")
            .and_then(|value| value.get(0));
        encoding.fill = fill.map(|value| {
            let data_type = value.data_type();
            let number = read(data_type, &value.to_ne_bytes());
            match (number, encoding.data_type) {
                (Number::Float(v), data_type) if data_type.is_integer() => {
                    Number::Integer(v as i128)
                }
                (Number::Integer(v), data_type) if data_type.is_float() => Number::Float(v as f64),
                (Number::Float(v), DataType::Float32) => Number::Float(f64::from(v as f32)),
                (number, _) => number,
            }
        });
        encoding
    }

    fn packed(&self) -> bool {
        self.scale != 1.0 || self.offset != 0.0
    }

    fn decode(&self, stored: Number) -> Meaning {
        if matches!(stored, Number::Float(v) if v.is_nan()) || self.fill == Some(stored) {
            return Meaning::Missing;
        }
        if let Some(time) = &self.time {
            let instant = match stored {
                Number::Integer(v) => i64::try_from(v).ok().and_then(|v| time.instant_i64(v).ok()),
                Number::Float(v) => time.instant_float(v).ok(),
            };
            return instant.map_or(Meaning::Missing, |instant| {
                Meaning::Time(instant.nanoseconds())
            });
        }
        let stored = match stored {
            Number::Integer(v) if self.unsigned && v < 0 => {
                Number::Integer(v + (1i128 << (8 * self.data_type.size().unwrap_or(8))))
            }
            stored => stored,
        };
        Meaning::Value(match stored {
            _ if self.packed() => Number::Float(stored.to_f64() * self.scale + self.offset),
            stored => stored,
        })
    }

    /// The stored number that stands for a meaning; `None` when no number of the type can.
    fn encode(&self, meaning: Meaning) -> Option<Number> {
        let value = match meaning {
            Meaning::Missing => {
                let nan = self.data_type.is_float().then_some(Number::Float(f64::NAN));
                return self.fill.or(nan);
            }
            Meaning::Time(ns) => {
                let label = self
                    .time
                    .as_ref()?
                    .encode_instant(Instant::from_nanoseconds(ns))
                    .ok()?;
                Number::Integer(label.into())
            }
            Meaning::Value(value) if self.packed() => {
                Number::Float(((value.to_f64() - self.offset) / self.scale).round_ties_even())
            }
            Meaning::Value(value) => value,
        };
        let number = match (self.data_type, value) {
            (DataType::Float32, value) => Number::Float(f64::from(value.to_f64() as f32)),
            (DataType::Float64, value) => Number::Float(value.to_f64()),
            (_, Number::Float(v)) if v.fract() == 0.0 && v.abs() < 1e30 => {
                Number::Integer(v as i128)
            }
            (_, Number::Float(_)) => return None,
            (_, integer) => integer,
        };
        let number = match number {
            Number::Integer(v) if self.unsigned => {
                let bits = 8 * self.data_type.size().unwrap_or(8);
                Number::Integer(if v >= 1i128 << (bits - 1) {
                    v - (1i128 << bits)
                } else {
                    v
                })
            }
            number => number,
        };
        fits(self.data_type, number).then_some(number)
    }
}

impl Number {
    fn to_f64(self) -> f64 {
        match self {
            Self::Integer(v) => v as f64,
            Self::Float(v) => v,
        }
    }
}

/// A numeric attribute as binary64.
fn number(attributes: &Attributes, name: &str) -> Option<f64> {
    let value = attributes.get(name)?.get(0)?;
    (value.data_type() != DataType::String)
        .then(|| read(value.data_type(), &value.to_ne_bytes()).to_f64())
}

fn read(data_type: DataType, bytes: &[u8]) -> Number {
    use bytemuck::pod_read_unaligned as read;
    match data_type {
        DataType::Int8 => Number::Integer(read::<i8>(bytes).into()),
        DataType::UInt8 => Number::Integer(read::<u8>(bytes).into()),
        DataType::Int16 => Number::Integer(read::<i16>(bytes).into()),
        DataType::UInt16 => Number::Integer(read::<u16>(bytes).into()),
        DataType::Int32 => Number::Integer(read::<i32>(bytes).into()),
        DataType::UInt32 => Number::Integer(read::<u32>(bytes).into()),
        DataType::Int64 => Number::Integer(read::<i64>(bytes).into()),
        DataType::UInt64 => Number::Integer(read::<u64>(bytes).into()),
        DataType::Float32 => Number::Float(read::<f32>(bytes).into()),
        DataType::Float64 => Number::Float(read::<f64>(bytes)),
        DataType::String => Number::Float(f64::NAN),
    }
}

fn fits(data_type: DataType, number: Number) -> bool {
    let Number::Integer(v) = number else {
        return data_type.is_float();
    };
    match data_type {
        DataType::Int8 => i8::try_from(v).is_ok(),
        DataType::UInt8 => u8::try_from(v).is_ok(),
        DataType::Int16 => i16::try_from(v).is_ok(),
        DataType::UInt16 => u16::try_from(v).is_ok(),
        DataType::Int32 => i32::try_from(v).is_ok(),
        DataType::UInt32 => u32::try_from(v).is_ok(),
        DataType::Int64 => i64::try_from(v).is_ok(),
        DataType::UInt64 => u64::try_from(v).is_ok(),
        _ => false,
    }
}

/// Appends a number that fits the type.
fn write(data_type: DataType, number: Number, out: &mut Vec<u8>) {
    match (data_type, number) {
        (DataType::Float32, number) => out.extend((number.to_f64() as f32).to_ne_bytes()),
        (DataType::Float64, number) => out.extend(number.to_f64().to_ne_bytes()),
        (_, Number::Float(_)) => {}
        (DataType::Int8 | DataType::UInt8, Number::Integer(v)) => {
            out.extend((v as u8).to_ne_bytes())
        }
        (DataType::Int16 | DataType::UInt16, Number::Integer(v)) => {
            out.extend((v as u16).to_ne_bytes());
        }
        (DataType::Int32 | DataType::UInt32, Number::Integer(v)) => {
            out.extend((v as u32).to_ne_bytes());
        }
        (_, Number::Integer(v)) => out.extend((v as u64).to_ne_bytes()),
    }
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

    fn recode(source: &VariableSchema, archive: &VariableSchema) -> Recode {
        Recode::new(source, archive, None, None).unwrap().unwrap()
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
        let error = recode(&source, &coarser).apply(&i16s(&[5])).unwrap_err();
        assert!(error.contains("0.5"), "{error}");
    }

    #[test]
    fn a_valid_value_never_becomes_the_fill_value() {
        let source = variable(DataType::Int16, &[("_FillValue", -1.0)]);
        let archive = variable(DataType::Int16, &[("_FillValue", 7.0)]);
        let recode = recode(&source, &archive);
        assert_eq!(recode.apply(&i16s(&[-1, 3])).unwrap(), i16s(&[7, 3]));
        let error = recode.apply(&i16s(&[7])).unwrap_err();
        assert_eq!(error, "7 would become missing");
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
            error.starts_with("0.1 would become 0.10000000149"),
            "{error}"
        );
        recode(&double, &single)
            .apply(&0.5f64.to_ne_bytes())
            .unwrap();
    }

    #[test]
    fn times_change_their_epoch() {
        let days = TimeCoding::parse("days since 2000-01-01", None).unwrap();
        let hours = TimeCoding::parse("hours since 1999-12-31", None).unwrap();
        let (source, archive) = (
            variable(DataType::Float64, &[]),
            variable(DataType::Int64, &[]),
        );
        let recode = Recode::new(&source, &archive, Some(&days), Some(&hours))
            .unwrap()
            .unwrap();
        assert_eq!(
            recode.apply(&0.5f64.to_ne_bytes()).unwrap(),
            36i64.to_ne_bytes()
        );
        assert!(recode.apply(&0.51f64.to_ne_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn what_is_taken_comes_back(value: i16, scale in 0.001f64..10.0, offset in -500f64..500.0) {
            let packed = variable(DataType::Int16, &[("scale_factor", scale), ("add_offset", offset)]);
            let double = variable(DataType::Float64, &[]);
            let there = recode(&packed, &double).apply(&i16s(&[value])).unwrap();
            prop_assert_eq!(recode(&double, &packed).apply(&there).unwrap(), i16s(&[value]));
        }
    }
}
