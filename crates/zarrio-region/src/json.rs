//! JSON as programs write it that have numbers for which it has no form.

use serde_json::Value;

/// What Python writes where a number is none, or infinite. The longer one first.
const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];

/// Stands before those that had no quotes, in documents that are to be written again: a character
/// that Unicode keeps for such use within programs.
const MARK: &str = "\u{fdd0}";

/// Reads a document. Numbers that JSON has no form for, as `NaN` without quotes, become the texts
/// that Zarr has for them ("Fill value list" of the core specification, version 3).
///
/// # Errors
/// When it is no JSON for another reason.
pub(crate) fn parse(bytes: &[u8]) -> serde_json::Result<Value> {
    parse_with(bytes, "")
}

/// The same for a document that is changed and written again: [`to_bytes`] gives them back as they
/// were.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_to_change(bytes: &[u8]) -> serde_json::Result<Value> {
    parse_with(bytes, MARK)
}

/// What [`parse`] makes of what [`parse_to_change`] has read.
pub(crate) fn as_read(document: &Value) -> Value {
    match document {
        Value::String(text) => text.strip_prefix(MARK).unwrap_or(text).into(),
        Value::Array(values) => values.iter().map(as_read).collect(),
        Value::Object(map) => {
            let fields = map
                .iter()
                .map(|(name, value)| (name.clone(), as_read(value)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

fn parse_with(bytes: &[u8], mark: &str) -> serde_json::Result<Value> {
    serde_json::from_slice(bytes)
        .or_else(|error| serde_json::from_slice(&quoted(bytes, mark)).map_err(|_| error))
}

/// A document's bytes, without white space: whoever opens an archive of many variables reads all
/// that is consolidated, and there it would be nearly half.
pub(crate) fn to_bytes(document: &Value) -> Vec<u8> {
    let mut text = format!("{document}\n");
    if text.contains(MARK) {
        for word in WORDS {
            let word = String::from_utf8_lossy(word);
            text = text.replace(&format!("\"{MARK}{word}\""), &word);
        }
    }
    text.into_bytes()
}

/// The same with those words in quotes, but where they are part of a text.
fn quoted(bytes: &[u8], mark: &str) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(bytes.len() + 64);
    let mut within = false;
    let mut rest = bytes;
    while let [byte, behind @ ..] = rest {
        let word = WORDS.iter().find(|word| !within && rest.starts_with(word));
        let taken = match (word, byte, behind) {
            (Some(word), ..) => {
                quoted.push(b'"');
                quoted.extend_from_slice(mark.as_bytes());
                quoted.extend_from_slice(word);
                quoted.push(b'"');
                rest = &rest[word.len()..];
                continue;
            }
            // What is escaped ends no text.
            (None, b'\\', [_, ..]) if within => 2,
            (None, b'"', _) => {
                within = !within;
                1
            }
            _ => 1,
        };
        quoted.extend_from_slice(&rest[..taken]);
        rest = &rest[taken..];
    }
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_without_a_form_are_texts() {
        let document =
            br#"{"a": [NaN,-Infinity], "Infinity": Infinity, "b": "\"NaN, \\", "c":NaN}"#;
        let expected = json!({"a": ["NaN", "-Infinity"], "Infinity": "Infinity", "b": "\"NaN, \\", "c": "NaN"});
        assert_eq!(parse(document).unwrap(), expected);
    }

    #[test]
    fn what_is_changed_is_written_as_it_was() {
        let document = r#"{"a":[NaN,-Infinity,"NaN"],"Infinity":Infinity,"b":"\"NaN, \\","c":1}"#;
        let mut changed = parse_to_change(document.as_bytes()).unwrap();
        assert_eq!(as_read(&changed), parse(document.as_bytes()).unwrap());
        changed["c"] = 2.into();
        let expected = document.replace("\"c\":1", "\"c\":2") + "\n";
        let written = String::from_utf8(to_bytes(&changed)).unwrap();
        assert_eq!(written, expected);
    }

    #[test]
    fn what_is_no_json_stays_none_and_says_where() {
        for wrong in [
            "",
            "{",
            "{\"a\": NaNa}",
            "{\"a\": nan}",
            "{\"a\": NaN",
            "\"\\",
            "NaN NaN",
        ] {
            let own = serde_json::from_str::<Value>(wrong).unwrap_err();
            let error = parse(wrong.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), own.to_string(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn texts_stay_what_they_are(text in "[NaInfinity\\\\\", -]{0,24}", number in any::<i64>()) {
            let document = json!({ text.clone(): [text, number] });
            let bytes = document.to_string().into_bytes();
            prop_assert_eq!(quoted(&bytes, MARK), bytes.clone());
            let [head, tail] = [&bytes[..bytes.len() - 2], &bytes[bytes.len() - 2..]];
            let more = [head, b",NaN", tail].concat();
            let mut expected = document;
            for list in expected.as_object_mut().into_iter().flat_map(|map| map.values_mut()) {
                list.as_array_mut().unwrap().push("NaN".into());
            }
            prop_assert_eq!(parse(&more).unwrap(), expected);
        }

        #[test]
        fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse(&bytes);
        }
    }
}
