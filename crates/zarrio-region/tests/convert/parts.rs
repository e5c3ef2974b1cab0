//! What is read in parts.

use super::*;

/// What the records of a store say of the data.
fn recorded(store: &dyn Store) -> Vec<serde_json::Value> {
    let records = store.list(&Prefix::root()).unwrap().into_iter();
    let records = records.filter(|o| o.key.as_str().contains("/.zarrio/ledger/records/"));
    records
        .map(|o| serde_json::from_slice(&store.get(&o.key).unwrap().unwrap()).unwrap())
        .map(|record: serde_json::Value| record["variables"].clone())
        .collect()
}

/// Parts are as large as a cache, so there are several of some of these. What is in small ones is
/// put to its chunks at once, unless these are whole rows of a block.
#[test]
fn what_is_read_in_parts_is_the_same_and_is_counted_once() {
    let convert = |is_near, chunking, memory| {
        let shape = [7, 90, 1000];
        let mut source = Counting::new(vec![
            variable("maps", DataType::Float32, &shape, Some(&[1, 90, 1000])),
            variable("pairs", DataType::Float32, &shape, Some(&[2, 90, 500])),
            variable("series", DataType::Float64, &[1, 3, 300, 200], None),
            variable("line", DataType::Int16, &[200_000], None),
            variable("small", DataType::UInt8, &[3, 4], None),
        ]);
        source.is_near = is_near;
        let store = Arc::new(MemoryStore::new());
        let settings = Config {
            memory: MemoryLimit::Limit(ByteSize(memory)),
            ..config(ZarrFormat::V3, chunking)
        };
        let converter = Converter::new(settings);
        converter.convert(&source, store.as_ref()).unwrap();
        assert_equal(&source, Arc::clone(&store) as Arc<dyn Store>, "");
        (objects(store.as_ref()), recorded(store.as_ref()))
    };
    for chunking in [
        "d0_7:3,d1_90:40,d2_1000:full",
        "d0_7:3,d1_90:40,d2_1000:300,d2_300:70,d3_200:150",
        "d0_7:2,d1_90:90,d2_1000:full",
    ] {
        for memory in [7 << 20, 100 << 20] {
            let (objects, records) = convert(false, chunking, memory);
            assert_eq!(convert(true, chunking, memory), (objects, records.clone()));
            let values = |variable: &serde_json::Value| variable["values"].as_u64().unwrap();
            let all = records[0].as_array().unwrap();
            assert_eq!(
                all.iter().map(values).collect::<Vec<_>>(),
                [630_000, 630_000, 180_000, 200_000, 12]
            );
            let has_sum = |variable: &serde_json::Value| variable["sum"].is_string();
            assert!(memory < 10 << 20 || all.iter().all(has_sum));
        }
    }
}

/// Equal data make equal bytes, so nothing that was in a buffer before may be behind the end.
#[test]
fn chunks_are_filled_behind_the_end_of_an_array() {
    for (chunking, memory) in [
        ("d0_7:3,d1_90:40,d2_1000:300", 100 << 20),
        ("d0_7:3,d1_90:40,d2_1000:300", 8 << 20),
        ("d0_7:4,d1_90:90,d2_1000:full", 100 << 20),
        // Blocks of a few steps, where filling up would take many times the memory.
        ("d0_7:100,d1_90:50,d2_1000:300", 100 << 20),
        ("d0_7:7,d1_90:2,d2_1000:600", 100 << 20),
    ] {
        let mut source = Counting::new(vec![
            variable(
                "first",
                DataType::Int16,
                &[7, 90, 1000],
                Some(&[1, 90, 1000]),
            ),
            variable(
                "second",
                DataType::Int16,
                &[7, 90, 1000],
                Some(&[2, 45, 500]),
            ),
            variable("row", DataType::Float64, &[1000], Some(&[70])),
        ]);
        source.is_near = true;
        let store = MemoryStore::new();
        let settings = Config {
            memory: MemoryLimit::Limit(ByteSize(memory)),
            ..config(ZarrFormat::V3, chunking)
        };
        Converter::new(settings).convert(&source, &store).unwrap();
        for variable in source.schema().variables() {
            let name = variable.path.as_str();
            let get = |key: String| store.get(&Key::new(key).unwrap()).unwrap().unwrap();
            let document = serde_json::from_slice(&get(format!("{name}/zarr.json"))).unwrap();
            let array = StoredArray::from_document(&variable.path, &document).unwrap();
            let lengths = array.chunk_shape();
            let mut cells = vec![vec![]];
            for (length, all) in lengths.iter().zip(array.shape()) {
                let longer = |cell: Vec<u64>| {
                    (0..all.div_ceil(*length)).map(move |i| [&cell[..], &[i]].concat())
                };
                cells = cells.into_iter().flat_map(longer).collect();
            }
            for cell in cells {
                let chunk = array.decode(&get(format!("{name}/{}", array.chunk_key(&cell))));
                let chunk = chunk.unwrap();
                let fill = array.fill_bytes();
                let mut checked = 0;
                for (number, element) in chunk.chunks(fill.len()).enumerate() {
                    let mut rest = number as u64;
                    let mut is_behind = false;
                    for ((i, length), all) in cell.iter().zip(lengths).zip(array.shape()).rev() {
                        is_behind |= i * length + rest % length >= *all;
                        rest /= length;
                    }
                    if is_behind {
                        assert_eq!(element, fill, "{name} {chunking} {cell:?} {number}");
                        checked += 1;
                    }
                }
                let mut ends = cell.iter().zip(lengths).zip(array.shape());
                let is_inside = ends.all(|((i, length), all)| (i + 1) * length <= *all);
                assert_eq!(checked == 0, is_inside);
            }
        }
    }
}

/// What was said before stays, in whatever form, and what readers lack is told.
#[test]
fn history_is_kept_and_codecs_that_readers_lack_are_told() {
    let lines = ["first", "second"].map(str::to_owned).to_vec();
    let mut source = sample();
    let attributes = &mut source.schema.root.attributes;
    attributes.set("history", AttributeValue::TextList(lines));
    for (compression, is_told) in [("blosc:snappy", true), ("blosc:lz4:5", false)] {
        let mut config = Config::default();
        config.compression.method = Some(compression.into());
        let plan = Converter::new(config)
            .history("third")
            .plan(&source)
            .unwrap();
        let told = plan.notes.iter().any(|note| note.contains("Snappy"));
        assert_eq!(told, is_told, "{:?}", plan.notes);
        let history = plan.groups[0].attributes.text("history");
        assert_eq!(history, Some("first\nsecond\nthird"));
    }
    let attributes = &mut source.schema.root.attributes;
    attributes.set("history", AttributeValue::Int32(vec![42]));
    let converter = Converter::new(Config::default()).history("third");
    let plan = converter.plan(&source).unwrap();
    let history = plan.groups[0].attributes.text("history");
    assert_eq!(history, Some("42\nthird"));
}
