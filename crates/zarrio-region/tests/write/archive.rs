//! Archives over the whole world, filled with another edition than the parts that follow.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use zarrio_model::config::{Config, Jobs, MemoryLimit, ZarrFormat};
use zarrio_model::{ByteSize, DataType, NodePath, Region, Source};
use zarrio_region::{Converter, MatchOptions, RegionError, WriteReport, ZarrSource};
use zarrio_store::{Key, MemoryStore, Prefix, Store};

use super::part::{GROWING, Part, dimensions, element};

/// The edition that an archive has before anything is written.
pub const OLD: u64 = 1;
/// The edition that is written.
pub const NEW: u64 = 2;

/// In which form objects are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    V2,
    V3,
    /// Format 3 with shards of several chunks.
    Sharded,
}

pub const FORMS: [Form; 3] = [Form::V2, Form::V3, Form::Sharded];

/// How a set of parts is written.
#[derive(Debug, Clone)]
pub struct Run {
    pub order: Vec<usize>,
    /// How many write at once.
    pub writers: usize,
    /// The threads of each of them.
    pub jobs: u32,
    pub memory: u64,
}

impl Run {
    /// One writer with one thread, one part after the other.
    pub fn plain(parts: &[Part]) -> Self {
        Self {
            order: (0..parts.len()).collect(),
            writers: 1,
            jobs: 1,
            memory: 1 << 24,
        }
    }
}

/// An archive of the old edition. Chunks have the given lengths along the dimensions of the
/// world.
pub fn old_archive(form: Form, chunks: [u64; 3]) -> MemoryStore {
    let store = Arc::new(MemoryStore::new());
    let [time, lat, lon] = chunks;
    let config = Config {
        zarr_format: match form {
            Form::V2 => ZarrFormat::V2,
            Form::V3 | Form::Sharded => ZarrFormat::V3,
        },
        chunking: format!("time:{time},lat:{lat},lon:{lon}").parse().unwrap(),
        ..Config::default()
    };
    let source = Part::whole(OLD);
    Converter::new(config)
        .history("made for a test")
        .convert(&source, store.as_ref())
        .unwrap();
    if form == Form::Sharded {
        for name in GROWING {
            shard(store.as_ref(), name);
        }
        let run = Run::plain(std::slice::from_ref(&source));
        write_part(store.clone(), &source, &run).unwrap();
    }
    Arc::into_inner(store).unwrap()
}

/// Makes shards of an array's chunks, each of several chunks along every dimension that
/// allows it, and removes its objects.
fn shard(store: &dyn Store, array: &str) {
    let key = Key::new(format!("{array}/zarr.json")).unwrap();
    let root = Key::new("zarr.json").unwrap();
    let read =
        |key: &Key| -> Value { serde_json::from_slice(&store.get(key).unwrap().unwrap()).unwrap() };
    let mut document = read(&key);
    let shape = document["chunk_grid"]["configuration"]["chunk_shape"].clone();
    let inner: Vec<u64> = shape
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_u64().unwrap())
        .map(|n| if n % 2 == 0 { n / 2 } else { n })
        .collect();
    document["codecs"] = json!([{
        "name": "sharding_indexed",
        "configuration": {
            "chunk_shape": inner,
            "codecs": document["codecs"],
            "index_codecs": [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "crc32c"}
            ],
            "index_location": "end"
        }
    }]);
    let mut consolidated = read(&root);
    let known = &mut consolidated["consolidated_metadata"]["metadata"][array];
    assert!(known.is_object());
    *known = document.clone();
    store.put(&key, document.to_string().as_bytes()).unwrap();
    store
        .put(&root, consolidated.to_string().as_bytes())
        .unwrap();
    store
        .delete_prefix(&Prefix::new(format!("{array}/c")).unwrap())
        .unwrap();
}

/// Every object of a store but those in private directories.
pub fn objects(store: &dyn Store) -> BTreeMap<Key, Vec<u8>> {
    let list = store.list(&Prefix::root()).unwrap().into_iter();
    list.map(|object| object.key)
        .filter(|key| !key.as_str().split('/').any(|part| part == ".zarrio"))
        .map(|key| (key.clone(), store.get(&key).unwrap().unwrap()))
        .collect()
}

/// Puts a copy of every object into a store.
pub fn copy<S: Store>(from: &dyn Store, to: S) -> Arc<S> {
    for (key, bytes) in objects(from) {
        to.put(&key, &bytes).unwrap();
    }
    Arc::new(to)
}

fn write_part(store: Arc<dyn Store>, part: &Part, run: &Run) -> Result<WriteReport, RegionError> {
    let archive = ZarrSource::open(store, &NodePath::root())?;
    let mut memory = run.memory;
    loop {
        let config = Config {
            jobs: Jobs::from(run.jobs),
            memory: MemoryLimit::Limit(ByteSize(memory)),
            ..Config::default()
        };
        match Converter::new(config).write_region(part, &archive, &MatchOptions::default()) {
            // As little as will do, so that there are many blocks.
            Err(RegionError::Memory { .. }) => memory *= 2,
            result => return result,
        }
    }
}

/// Writes the parts; the first error of each writer ends its work.
pub fn write_all<S: Store + 'static>(
    store: &Arc<S>,
    parts: &[Part],
    run: &Run,
) -> Result<(), RegionError> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let work = || -> Result<(), RegionError> {
            while let Some(part) = run.order.get(next.fetch_add(1, Ordering::Relaxed)) {
                write_part(store.clone(), &parts[*part], run)?;
            }
            Ok(())
        };
        let writers: Vec<_> = (0..run.writers).map(|_| scope.spawn(work)).collect();
        writers.into_iter().try_for_each(|w| w.join().unwrap())
    })
}

/// Every element of an archive, by variable and position, as a reader gets it.
fn read(archive: &ZarrSource, variable: &NodePath) -> (DataType, Vec<Vec<u8>>) {
    let schema = archive.schema().variable(variable).unwrap();
    let all = Region::full(&schema.shape);
    let elements = match schema.data_type.size() {
        None => {
            let texts = archive.read_text(variable, &all).unwrap();
            texts.into_iter().map(String::into_bytes).collect()
        }
        Some(size) => {
            let mut bytes = vec![0; schema.raw_bytes().unwrap() as usize];
            archive.read(variable, &all, &mut bytes).unwrap();
            bytes.chunks_exact(size).map(<[u8]>::to_vec).collect()
        }
    };
    (schema.data_type, elements)
}

/// Every point is of the new edition where a part has it, of the old one elsewhere.
pub fn assert_points<S: Store + 'static>(store: Arc<S>, parts: &[Part]) {
    let archive = ZarrSource::open(store, &NodePath::root()).unwrap();
    let whole = Part::whole(OLD);
    for variable in whole.schema().variables().map(|v| &v.path) {
        let (data_type, found) = read(&archive, variable);
        for (cell, found) in super::cells(variable).into_iter().zip(found) {
            let has = |part: &Part| {
                let mut axes = cell.iter().zip(dimensions(variable));
                axes.all(|(p, d)| part.positions()[*d].contains(p))
            };
            let edition = if parts.iter().any(has) { NEW } else { OLD };
            let expected = element(variable, data_type, &cell, edition);
            assert_eq!(
                found, expected,
                "{variable} at {cell:?} is not of edition {edition}"
            );
        }
    }
}
