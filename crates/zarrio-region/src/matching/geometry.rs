//! Attributes without which equal labels may mean different places.

use zarrio_codec::attribute_to_json;
use zarrio_model::{AttributeValue, VariableSchema};

use super::disagreement::Disagreement;
use super::side::Side;
use super::values::{numbers, plain};

/// In what the attributes disagree that say where data lie: the name and the numbers of a
/// projection (CF 5.6), and whether an axis counts up or down (CF 4.3). Attributes that only
/// one side has, and texts that describe them once more, are passed over.
pub(super) fn check_geometry(
    source: &Side<'_>,
    from: &VariableSchema,
    to: &VariableSchema,
) -> Vec<Disagreement> {
    let projection = source.is_projection(&from.path);
    let placing = |name: &str, value: &AttributeValue| match name {
        "positive" => source.is_coordinate(&from.path),
        "grid_mapping_name" => projection,
        _ => projection && value.as_text().is_none(),
    };
    let attributes = from.attributes.iter();
    let placing = attributes.filter(|(name, value)| placing(name, value));
    let differ = placing.filter_map(|(name, ours)| {
        let theirs = to.attributes.get(name)?;
        (!same(ours, theirs)).then(|| Disagreement::Attribute {
            variable: from.path.clone(),
            attribute: name.to_owned(),
            source_has: text(ours),
            archive_has: text(theirs),
        })
    });
    differ.collect()
}

/// Whether two values are the same, in the coarser of their types.
fn same(a: &AttributeValue, b: &AttributeValue) -> bool {
    if let (Some(a), Some(b)) = (a.as_text(), b.as_text()) {
        return a.trim().eq_ignore_ascii_case(b.trim());
    }
    let single = |value: &AttributeValue| matches!(value, AttributeValue::Float32(_));
    let single = single(a) || single(b);
    let equal = |(a, b): (&f64, &f64)| a == b || (single && *a as f32 == *b as f32);
    let (a, b) = (numbers(a), numbers(b));
    a.len() == b.len() && a.iter().zip(&b).all(equal)
}

fn text(value: &AttributeValue) -> String {
    match value.as_text() {
        Some(text) => format!("{text:?}"),
        None => {
            let texts = numbers(value).into_iter().map(|v| plain(v, &v));
            let texts: Vec<String> = texts.collect();
            match texts.is_empty() {
                true => attribute_to_json(value).to_string(),
                false => texts.join(" "),
            }
        }
    }
}
