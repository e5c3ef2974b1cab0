//! How far before an element its neighbours are: in the row before, in the step before.
//!
//! A codec is given bytes and not the shape of their chunk. What is to be known of that is told
//! to ours in its configuration, in a member that no document has.

use serde_json::{Map, Value, json};

const MEMBER: &str = "zarrio_distances";

/// Neighbours further away are not looked for: blocks are rarely twice as long.
const FURTHEST: u64 = 128 << 10;

/// Tells every Blosc codec of an array's document (Zarr format 3) about the chunks that it
/// compresses, within shards too.
///
/// # Errors
/// When the document has that member itself, which is none of a Blosc codec.
pub(crate) fn tell(document: &mut Value) -> Result<(), String> {
    let shape = shape_of(&document["chunk_grid"]["configuration"]);
    match document.get_mut("codecs") {
        Some(codecs) => tell_each(codecs, shape),
        None => Ok(()),
    }
}

fn tell_each(codecs: &mut Value, mut shape: Option<Vec<u64>>) -> Result<(), String> {
    for codec in codecs.as_array_mut().into_iter().flatten() {
        let name = codec["name"].as_str().unwrap_or_default().to_owned();
        let configuration = codec.get_mut("configuration");
        let Some(configuration) = configuration.and_then(Value::as_object_mut) else {
            continue;
        };
        match name.as_str() {
            // What it makes of the shape is nothing that we write.
            "transpose" => shape = None,
            "sharding_indexed" => {
                let inner = configuration.get("chunk_shape").and_then(lengths);
                if let Some(codecs) = configuration.get_mut("codecs") {
                    tell_each(codecs, inner)?;
                }
            }
            "blosc" if configuration.contains_key(MEMBER) => {
                return Err(format!("its Blosc codec has a member {MEMBER:?}"));
            }
            "blosc" => {
                if let Some(shape) = &shape {
                    configuration.insert(MEMBER.into(), json!(distances(shape)));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn shape_of(configuration: &Value) -> Option<Vec<u64>> {
    configuration.get("chunk_shape").and_then(lengths)
}

fn lengths(shape: &Value) -> Option<Vec<u64>> {
    shape.as_array()?.iter().map(Value::as_u64).collect()
}

/// Elements from one to its neighbours along all dimensions but the last, which are next to it.
fn distances(shape: &[u64]) -> Vec<u64> {
    let mut distance = 1u64;
    let mut distances = Vec::new();
    for length in shape.iter().skip(1).rev() {
        distance = distance.saturating_mul(*length);
        if distance > 1 && distance <= FURTHEST && distances.last() != Some(&distance) {
            distances.push(distance);
        }
    }
    distances
}

/// Takes what was told out of a codec's configuration: the distances of all neighbours, the next
/// element among them; none where nothing was told.
pub(super) fn told(configuration: &mut Map<String, Value>) -> Vec<usize> {
    let Some(told) = configuration.remove(MEMBER) else {
        return Vec::new();
    };
    let told = told.as_array().into_iter().flatten();
    let told = told.filter_map(Value::as_u64);
    let told = told.filter(|distance| (2..=FURTHEST).contains(distance));
    std::iter::once(1)
        .chain(told.map(|distance| distance as usize))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_a_row_and_a_step_apart() {
        assert_eq!(distances(&[100, 50, 100]), [100, 5000]);
        assert_eq!(distances(&[4, 100, 1, 100]), [100, 10_000]);
        assert_eq!(distances(&[10, 1000, 1000]), [1000]);
        assert_eq!(distances(&[24, 300, 400]), [400, 120_000]);
        assert_eq!(distances(&[10, 1]), [0; 0]);
        assert_eq!(distances(&[10, 0, 3]), [3]);
        assert_eq!(distances(&[10]), [0; 0]);
        assert_eq!(distances(&[]), [0; 0]);
        assert_eq!(distances(&[2, u64::MAX, u64::MAX]), [0; 0]);
    }

    #[test]
    fn every_blosc_of_a_document_is_told_of_its_chunks() {
        let blosc = json!({"name": "blosc", "configuration": {"clevel": 1}});
        let bytes = json!({"name": "bytes"});
        let grid = json!({"name": "regular", "configuration": {"chunk_shape": [20, 30, 40]}});
        let shards = json!({"name": "sharding_indexed", "configuration": {
            "chunk_shape": [5, 6, 7], "codecs": [&bytes, &blosc],
        }});
        let of = |codecs: Value| {
            let mut document = json!({"chunk_grid": &grid, "codecs": codecs});
            tell(&mut document).unwrap();
            document["codecs"].take()
        };
        let mut plain = of(json!([&bytes, &blosc]));
        let configuration = plain[1]["configuration"].as_object_mut().unwrap();
        assert_eq!(told(configuration), [1, 40, 1200]);
        assert_eq!(plain[1], blosc, "nothing else is changed");
        assert_eq!(
            told(plain[1]["configuration"].as_object_mut().unwrap()),
            [0; 0]
        );
        let mut within = of(json!([shards]));
        let inner = within[0]["configuration"]["codecs"][1]["configuration"].as_object_mut();
        assert_eq!(told(inner.unwrap()), [1, 7, 42]);
        let turned = json!([{"name": "transpose", "configuration": {}}, &bytes, &blosc]);
        assert_eq!(of(turned.clone()), turned);
        for odd in [
            json!(null),
            json!([]),
            json!({"codecs": 3}),
            json!({"chunk_grid": []}),
        ] {
            let mut document = odd.clone();
            if document.is_object() {
                tell(&mut document).unwrap();
            }
            assert_eq!(document["codecs"], odd["codecs"]);
        }
        let hostile = json!({"name": "blosc", "configuration": {MEMBER: [2, 2, 2]}});
        for codecs in [
            json!([&hostile]),
            json!([{"name": "transpose", "configuration": {}}, &hostile]),
        ] {
            assert!(tell(&mut json!({"codecs": codecs})).is_err());
        }
        let mut hostile = json!({MEMBER: [0, -1, 1, 1e9, "x", 140_000, 9]});
        assert_eq!(told(hostile.as_object_mut().unwrap()), [1, 9]);
    }
}
