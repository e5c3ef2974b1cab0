//! How far before an element its neighbours are: in the row before, in the step before.
//!
//! A codec is given bytes and not the shape of their chunk. What is to be known of that is told
//! to ours in its configuration, in a member that no document has.

use serde_json::{Map, Value, json};

const MEMBER: &str = "zarrio_distances";

/// Neighbours further away are not looked for: elements between them have to stay at hand.
const FURTHEST: u64 = 64 << 10;

/// Tells every Blosc codec of an array's document (Zarr format 3) about the chunks that it
/// compresses, within shards too.
pub(crate) fn tell(document: &mut Value) {
    let shape = shape_of(&document["chunk_grid"]["configuration"]);
    if let (Some(shape), Some(codecs)) = (shape, document.get_mut("codecs")) {
        tell_each(codecs, &shape);
    }
}

fn tell_each(codecs: &mut Value, shape: &[u64]) {
    for codec in codecs.as_array_mut().into_iter().flatten() {
        match codec["name"].as_str() {
            // What it makes of the shape is nothing that we write.
            Some("transpose") => return,
            Some("sharding_indexed") => {
                let inner = shape_of(&codec["configuration"]);
                let codecs = codec["configuration"].get_mut("codecs");
                if let (Some(inner), Some(codecs)) = (inner, codecs) {
                    tell_each(codecs, &inner);
                }
            }
            Some("blosc") => {
                if let Some(configuration) = codec["configuration"].as_object_mut() {
                    configuration.insert(MEMBER.into(), json!(distances(shape)));
                }
            }
            _ => {}
        }
    }
}

fn shape_of(configuration: &Value) -> Option<Vec<u64>> {
    let lengths = configuration["chunk_shape"].as_array()?;
    lengths.iter().map(Value::as_u64).collect()
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
            tell(&mut document);
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
        let turned = json!([{"name": "transpose"}, &bytes, &blosc]);
        assert_eq!(of(turned.clone()), turned);
        for odd in [
            json!(null),
            json!([]),
            json!({"codecs": 3}),
            json!({"chunk_grid": []}),
        ] {
            let mut document = odd.clone();
            if document.is_object() {
                tell(&mut document);
            }
            assert_eq!(document["codecs"], odd["codecs"]);
        }
        let mut hostile = json!({MEMBER: [0, -1, 1, 1e9, "x", 70_000, 9]});
        assert_eq!(told(hostile.as_object_mut().unwrap()), [1, 9]);
    }
}
