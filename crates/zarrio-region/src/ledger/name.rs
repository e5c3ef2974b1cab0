//! Names of a ledger's objects, which tell what need not be read.
//!
//! `ID.START-END.DIMENSION.json`: all that the record is about lies within these positions
//! of the dimension. Where records have no dimension in common the name is `ID.json`, and
//! nothing is known without reading.

use std::fmt;
use std::ops::Range;

use super::Extent;

/// The name of a record, or of several of them in one object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) id: String,
    span: Option<(String, u64, u64)>,
}

impl Name {
    /// The name for what is about these extents: along a dimension, if all have it.
    pub(super) fn new<'e>(
        id: &str,
        dimension: Option<&str>,
        extents: impl IntoIterator<Item = &'e Extent>,
    ) -> Self {
        let span = dimension.map(str::to_owned).and_then(|dimension| {
            let extents = extents.into_iter();
            let spans: Option<Vec<Range<u64>>> =
                extents.map(|extent| extent.span(&dimension)).collect();
            let spans = spans?;
            let start = spans.iter().map(|span| span.start).min()?;
            let end = spans.iter().map(|span| span.end).max()?;
            // Longer names than file systems take are of no use.
            (escaped(&dimension).len() < 128).then_some((dimension, start, end))
        });
        Self {
            id: id.to_owned(),
            span,
        }
    }

    /// The name that a text is; none where it is that of something else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix(".json")?;
        let Some((id, rest)) = text.split_once('.') else {
            return Some(Self {
                id: text.to_owned(),
                span: None,
            });
        };
        let (range, dimension) = rest.split_once('.')?;
        let (start, end) = range.split_once('-')?;
        Some(Self {
            id: id.to_owned(),
            span: Some((
                unescaped(dimension)?,
                start.parse().ok()?,
                end.parse().ok()?,
            )),
        })
    }

    /// Whether something of this name may be about one of the extents. Extents of one
    /// variable have the same dimensions.
    pub(super) fn may_meet<'e>(&self, extents: impl IntoIterator<Item = &'e Extent>) -> bool {
        let Some((dimension, start, end)) = &self.span else {
            return true;
        };
        extents.into_iter().any(|extent| {
            extent
                .span(dimension)
                .is_some_and(|span| span.start < *end && *start < span.end)
        })
    }

    /// The dimension and the positions along it where all lies; none where nothing is known.
    pub(super) fn span(&self) -> Option<(&str, u64, u64)> {
        let span = self.span.as_ref();
        span.map(|(dimension, start, end)| (dimension.as_str(), *start, *end))
    }

    /// Where it begins, to put what is near together.
    pub(super) fn start(&self) -> Option<u64> {
        self.span.as_ref().map(|(_, start, _)| *start)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.span {
            None => write!(f, "{}.json", self.id),
            Some((dimension, start, end)) => {
                write!(f, "{}.{start}-{end}.{}.json", self.id, escaped(dimension))
            }
        }
    }
}

/// A dimension's name in letters that every store takes.
fn escaped(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' {
            text.push(byte.into());
        } else {
            text.push_str(&format!("%{byte:02x}"));
        }
    }
    text
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_are_read_as_they_were_written(
            dimension in "\\PC{1,12}",
            start in any::<u32>(),
            length in 1u64..100,
        ) {
            let start = u64::from(start);
            let extent = Extent(vec![
                ("other".to_owned() + &dimension, vec![[7, 9]]),
                (dimension.clone(), vec![[start, start + length]]),
            ]);
            let name = Name::new("0123abcd", Some(&dimension), [&extent]);
            let text = name.to_string();
            prop_assert_eq!(Name::parse(&text), Some(name.clone()));
            prop_assert!(!text.contains('/') && text.is_ascii());
            let moved = |by: u64| Extent(vec![(dimension.clone(), vec![[start + by, start + by + 1]])]);
            prop_assert!(name.may_meet([&moved(length - 1)]));
            prop_assert!(!name.may_meet([&moved(length)]));
        }

        #[test]
        fn no_name_panics(text in "[a-f0-9.%-]{0,16}(\\.json)?") {
            let _ = Name::parse(&text);
        }
    }

    #[test]
    fn without_a_common_dimension_nothing_is_ruled_out() {
        let along = |name: &str| Extent(vec![(name.to_owned(), vec![[0, 1]])]);
        let name = Name::new("a", Some("time"), [&along("time"), &along("lat")]);
        assert_eq!(name.to_string(), "a.json");
        assert!(name.may_meet([&along("x")]));
        assert_eq!(Name::parse("a.json"), Some(name));
        assert_eq!(Name::parse("a.txt"), None);
    }
}
