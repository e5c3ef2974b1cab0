//! What the attributes of a variable say about its values, on both sides.

use zarrio_codec::masking_attributes;
use zarrio_model::time::{Calendar, TimeCoding};
use zarrio_model::{DataType, Scalar, VariableSchema, cf, same_units};

use super::disagreement::Disagreement;
use super::roles::Meaning;
use super::side::Side;
use super::values::{exact, is_unsigned, number, plain, real};

/// How a variable is encoded in the archive, compared to its file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EncodingMatch {
    /// Stored values mean the same on both sides.
    Same,
    /// They do not, in these respects: `scale_factor is 0.01 in the file and 0.02 in the
    /// archive`. Values have to be decoded by the file's attributes and encoded by the
    /// archive's.
    Differs(Vec<String>),
}

/// How the times of a variable are coded on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeCodings {
    /// In the file.
    pub source: TimeCoding,
    /// In the archive.
    pub archive: TimeCoding,
}

/// Whether values of one side can be turned into the other's: text or numbers, times of one
/// calendar, quantities in one unit.
pub(super) fn check_meaning<'a>(
    source: &Side<'a>,
    from: &'a VariableSchema,
    archive: &Side<'a>,
    to: &'a VariableSchema,
) -> Result<Option<TimeCodings>, Disagreement> {
    let text = |variable: &VariableSchema| variable.data_type == DataType::String;
    if text(from) != text(to) {
        return Err(Disagreement::Kind {
            variable: from.path.clone(),
            source_has: from.data_type,
            archive_has: to.data_type,
        });
    }
    let units = |meaning: &Meaning<'_>| match meaning {
        Meaning::Time(coding) => Some(coding.units().to_string()),
        Meaning::UnreadableTime { units, .. } => Some((*units).to_owned()),
        Meaning::Quantity(units) => units.map(str::to_owned),
    };
    let (a, b) = (source.meaning(from), archive.meaning(to));
    match (&a, &b) {
        (Meaning::Time(source_has), Meaning::Time(archive_has)) => {
            let codings = TimeCodings {
                source: *source_has,
                archive: *archive_has,
            };
            let (source_has, archive_has) = (source_has.calendar(), archive_has.calendar());
            if source_has == archive_has || may_agree(source_has, archive_has) {
                return Ok(Some(codings));
            }
            return Err(Disagreement::Calendar {
                variable: from.path.clone(),
                source_has,
                archive_has,
                before_reform: false,
            });
        }
        (a, b) if a.is_as_unreadable_as(b) => return Ok(None),
        (Meaning::Quantity(a), Meaning::Quantity(b)) if same_units(*a, *b) => return Ok(None),
        _ => {}
    }
    Err(Disagreement::Units {
        variable: from.path.clone(),
        source_has: units(&a),
        archive_has: units(&b),
    })
}

/// Whether two calendars have the same dates in our days.
fn may_agree(a: Calendar, b: Calendar) -> bool {
    let western = |calendar| matches!(calendar, Calendar::Standard | Calendar::ProlepticGregorian);
    western(a) && western(b)
}

/// In what the encodings differ.
pub(super) fn compare_encoding(
    from: &VariableSchema,
    to: &VariableSchema,
    times: Option<TimeCodings>,
) -> EncodingMatch {
    let mut differences = Vec::new();
    let mut differ = |what: &str, a: String, b: String| {
        if a != b {
            differences.push(format!("{what} is {a} in the file and {b} in the archive"));
        }
    };
    let name = |variable: &VariableSchema| variable.data_type.to_string();
    differ("the type", name(from), name(to));
    for (attribute, absent) in [("scale_factor", 1.0), ("add_offset", 0.0)] {
        let value = |variable: &VariableSchema| {
            let value = number(&variable.attributes, attribute).unwrap_or(absent);
            plain(value, &value)
        };
        differ(attribute, value(from), value(to));
    }
    // The empty text is no text; there is no code for it.
    for attribute in cf::MISSING
        .into_iter()
        .filter(|_| from.data_type != DataType::String)
    {
        differ(attribute, code(from, attribute), code(to, attribute));
    }
    let unsigned = |variable: &VariableSchema| is_unsigned(variable).to_string();
    differ("_Unsigned", unsigned(from), unsigned(to));
    if let Some(times) = times {
        let units = |coding: TimeCoding| coding.units().to_string();
        differ("the unit", units(times.source), units(times.archive));
        let calendar = |coding: TimeCoding| coding.calendar().to_string();
        differ(
            "the calendar",
            calendar(times.source),
            calendar(times.archive),
        );
    }
    if differences.is_empty() {
        EncodingMatch::Same
    } else {
        EncodingMatch::Differs(differences)
    }
}

/// A code for missing, as text. Floating-point variables without a `_FillValue` have NaN.
fn code(variable: &VariableSchema, attribute: &str) -> String {
    let default = || match attribute {
        "_FillValue" if variable.data_type.is_float() => "NaN".to_owned(),
        _ => "none".to_owned(),
    };
    let single = variable.data_type == DataType::Float32;
    // As an archive tells it.
    let attributes = masking_attributes(variable.data_type, &variable.attributes);
    let scalars = attributes.get(attribute).map(|value| {
        let scalars = (0..value.len()).map_while(|i| value.get(i));
        // Nobody masks by others, and an archive has texts for them.
        let says =
            |scalar: &Scalar| attribute == "_FillValue" || real(scalar).is_some_and(f64::is_finite);
        let scalars = scalars.filter(says);
        let texts = scalars.map(|scalar| match exact(&scalar) {
            Some(integer) => integer.to_string(),
            None => match real(&scalar) {
                Some(number) if single => plain(number, &(number as f32)),
                Some(number) => plain(number, &number),
                None => format!("{scalar:?}"),
            },
        });
        texts.collect::<Vec<_>>().join(" ")
    });
    scalars
        .filter(|text| !text.is_empty())
        .unwrap_or_else(default)
}
