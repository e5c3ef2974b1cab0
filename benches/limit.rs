//! The least that a conversion can cost: the same bytes through inflating, unshuffling,
//! packing and compressing alone, in loops over all chunks, without reading, writing,
//! rearranging and bookkeeping.
//!
//! ```sh
//! cargo bench --bench limit -- FILE.nc --chunking time:100,lat:50,lon:100 --threads 2
//! ```
//!
//! Flags: `--compression METHOD`, `--packing`, `--rounds N`, and `--library`, with which Blosc is
//! the C library's and not the program's own. With `--files DIRECTORY` the loops read the deflated
//! bytes from the file, and make each compressed chunk a file in an empty directory: what nobody
//! who reads and writes files can do without. For each round it prints a line of JSON with seconds of the wall and of all processors. Only variables of 32-bit floating-point
//! numbers that are deflated and shuffled take part.
#![allow(missing_docs, clippy::unwrap_used, reason = "benches")]
#![allow(clippy::print_stdout, reason = "it prints what it measures")]

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hdf5_reader::{Hdf5File, OpenOptions};
use libdeflater::Decompressor;
use rayon::prelude::*;
use zarrio::codec::packing::{ByteOrder, Extent, Packing};
use zarrio::codec::{Compression, EncodingPlan, StoredArray};
use zarrio::model::config::{Chunking, Config, PackingBits, PackingRange, ZarrFormat};
use zarrio::model::{DataType, Source, VariableSchema};
use zarrio::netcdf::{NetcdfSource, OpenOptions as NetcdfOptions};
use zarrio::region::Converter;
use zarrio::store::{Key, MemoryStore, Store};
use zarrs::array::codec::BloscCodec;
use zarrs::array::codec::api::{BytesToBytesCodecTraits, CodecOptions};

/// The reader's own: a slower one would make the limit look nearer than it is.
#[path = "../crates/zarrio-netcdf/src/hdf5/filters/shuffle.rs"]
#[expect(dead_code, reason = "the number of the filter")]
#[cfg_attr(test, expect(unused_imports, reason = "what its tests use"))]
mod unshuffle;

/// The number of the filter in HDF5.
const DEFLATE: u16 = 1;

/// One variable, before and after.
struct Job {
    name: String,
    /// What the file holds.
    deflated: Vec<Vec<u8>>,
    /// Bytes of a chunk of the file.
    inflated: usize,
    /// The chunks of the archive before they are packed and compressed.
    chunks: Vec<Vec<u8>>,
    packing: Option<Packing>,
    array: StoredArray,
    /// Where the library's codec is wanted.
    library: Option<BloscCodec>,
}

/// The file that is read and the directory of those that are written.
struct Files {
    source: File,
    directory: PathBuf,
}

struct Settings {
    file: String,
    chunking: Chunking,
    compression: Compression,
    packs: bool,
    library: bool,
    files: Option<PathBuf>,
    threads: usize,
    rounds: usize,
}

fn settings() -> Settings {
    let mut settings = Settings {
        file: "tests/data/sst.nc".into(),
        chunking: Chunking::default(),
        compression: "blosc:zstd:1:shuffle:1MiB".parse().unwrap(),
        packs: false,
        library: false,
        files: None,
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        rounds: 1,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap();
        match arg.as_str() {
            "--chunking" => settings.chunking = value().parse().unwrap(),
            "--compression" => settings.compression = value().parse().unwrap(),
            "--packing" => settings.packs = true,
            "--library" => settings.library = true,
            "--files" => settings.files = Some(value().into()),
            "--threads" => settings.threads = value().parse().unwrap(),
            "--rounds" => settings.rounds = value().parse().unwrap(),
            // From cargo.
            flag if flag.starts_with("--") => {}
            file => settings.file = file.to_owned(),
        }
    }
    settings
}

impl Job {
    /// `None` for a variable that takes no part.
    fn new(settings: &Settings, variable: &VariableSchema, archive: &MemoryStore) -> Option<Self> {
        let codecs = &variable.layout.codecs;
        let has = |name: &str| codecs.iter().any(|codec| codec.starts_with(name));
        let takes_part = variable.data_type == DataType::Float32
            && codecs.len() == 2
            && has("shuffle")
            && has("deflate");
        let shape = variable.layout.chunks.clone().filter(|_| takes_part)?;
        let name = variable.path.as_str();
        let get = |key: String| archive.get(&Key::new(key).unwrap()).unwrap().unwrap();
        let document = serde_json::from_slice(&get(format!("{name}/zarr.json"))).unwrap();
        let plain = StoredArray::from_document(&variable.path, &document).unwrap();
        let lengths = plain.chunk_shape().to_vec();
        let plan = |variable: &VariableSchema| {
            let codec = settings.compression.clone();
            let plan = EncodingPlan::new(variable, lengths.clone(), codec, ZarrFormat::V3);
            let plan = plan.unwrap();
            let library = settings.library.then(|| library(&plan));
            (StoredArray::new(&plan).unwrap(), library)
        };
        let (mut array, mut library) = plan(variable);
        let counts = variable.shape.iter().zip(&lengths);
        let counts: Vec<u64> = counts.map(|(n, c)| n.div_ceil(*c)).collect();
        let chunk = |mut number: u64| {
            let mut index: Vec<u64> = Vec::new();
            for count in counts.iter().rev() {
                index.insert(0, number % count);
                number /= count;
            }
            get(format!("{name}/{}", plain.chunk_key(&index))).clone()
        };
        let chunks: Vec<Vec<u8>> = (0..counts.iter().product()).map(chunk).collect();
        let packing = settings.packs.then(|| {
            let extent = chunks.iter().fold(Extent::default(), |extent, chunk| {
                extent.and(Extent::of(
                    variable.data_type,
                    ByteOrder::Native,
                    chunk,
                    &[],
                ))
            });
            let (min, max) = (extent.min, extent.max);
            Packing::for_range(PackingRange { min, max }, PackingBits::Bits16).unwrap()
        });
        if let Some(packing) = &packing {
            (array, library) = plan(&VariableSchema {
                data_type: packing.data_type(),
                ..variable.clone()
            });
        }
        Some(Self {
            name: name.to_owned(),
            deflated: deflated(&settings.file, name),
            inflated: shape.iter().product::<u64>() as usize * 4,
            chunks,
            packing,
            array,
            library,
        })
    }

    fn run(&self, files: Option<&Files>) {
        let buffers = || {
            (
                Decompressor::new(),
                Vec::new(),
                vec![0; self.inflated],
                vec![0; self.inflated],
            )
        };
        self.deflated.par_iter().for_each_init(
            buffers,
            |(inflater, read, shuffled, plain), stream| {
                if let Some(files) = files {
                    // As many bytes as it has. Which ones is no matter.
                    read.resize(stream.len(), 0);
                    files.source.read_exact_at(read, 0).unwrap();
                    std::hint::black_box(read);
                }
                inflater.zlib_decompress(stream, shuffled).unwrap();
                unshuffle::undo(shuffled, 4, plain);
                std::hint::black_box(plain);
            },
        );
        let encode = |codes: &mut Vec<u8>, (number, chunk): (usize, &Vec<u8>)| {
            let object = match &self.packing {
                None => self.encode(chunk),
                Some(packing) => {
                    codes.resize(chunk.len() / 2, 0);
                    packing.pack(DataType::Float32, ByteOrder::Native, chunk, &[], codes);
                    self.encode(codes)
                }
            };
            let object = std::hint::black_box(object);
            if let Some(files) = files {
                let path = files.directory.join(format!("{}.{number}", self.name));
                std::fs::write(path, object).unwrap();
            }
        };
        let chunks = self.chunks.par_iter().enumerate();
        chunks.for_each_init(Vec::new, encode);
    }

    fn encode(&self, chunk: &[u8]) -> Vec<u8> {
        // One thread for each chunk, as many chunks at once as there are threads.
        let options = CodecOptions::default().with_concurrent_target(1);
        match &self.library {
            None => self.array.encode(chunk).unwrap(),
            Some(codec) => codec.encode(chunk.into(), &options).unwrap().into_owned(),
        }
    }
}

/// The C library's codec with the settings of an array.
fn library(plan: &EncodingPlan) -> BloscCodec {
    let documents = plan.documents();
    let codecs = documents.iter().find_map(|document| {
        let codecs = document.json.get("codecs")?.as_array()?;
        codecs.iter().find(|codec| codec["name"] == "blosc")
    });
    let configuration = codecs.unwrap()["configuration"].clone();
    BloscCodec::new_with_configuration(&serde_json::from_value(configuration).unwrap()).unwrap()
}

/// The deflated chunks of a variable.
fn deflated(file: &str, name: &str) -> Vec<Vec<u8>> {
    let found = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&found);
    let mut options = OpenOptions::default();
    let mut filters = hdf5_reader::filters::FilterRegistry::new();
    let keep = move |_: &_, stream: &[u8], _| {
        seen.lock().unwrap().push(stream.to_vec());
        // What is inflated is not looked at.
        Ok(vec![0; 4])
    };
    filters.register(DEFLATE, Box::new(keep));
    options = options.with_filter_registry(filters);
    let file = Hdf5File::open_with_options(file, options).unwrap();
    for chunk in file.dataset(name).unwrap().iter_chunks().unwrap() {
        // Of the wrong length, which is no matter.
        drop(chunk);
    }
    let found = std::mem::take(&mut *found.lock().unwrap());
    assert!(!found.is_empty(), "{name} has no deflated chunk");
    found
}

/// Seconds that all threads of this process had a processor.
fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn main() {
    let settings = settings();
    let source = NetcdfSource::open(settings.file.as_ref(), &NetcdfOptions::default()).unwrap();
    let mut config = Config {
        chunking: settings.chunking.clone(),
        ..Config::default()
    };
    config.compression.method = Some("none".into());
    let archive = MemoryStore::new();
    Converter::new(config).convert(&source, &archive).unwrap();
    let jobs: Vec<Job> = source
        .schema()
        .variables()
        .filter_map(|variable| Job::new(&settings, variable, &archive))
        .collect();
    drop(archive);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads)
        .build()
        .unwrap();
    let bytes: usize = jobs
        .iter()
        .map(|job| job.deflated.len() * job.inflated)
        .sum();
    let files = settings.files.map(|directory| Files {
        source: File::open(&settings.file).unwrap(),
        directory,
    });
    for _ in 0..settings.rounds {
        let (begun, before) = (Instant::now(), processor_seconds());
        pool.install(|| jobs.iter().for_each(|job| job.run(files.as_ref())));
        println!(
            "{{\"bytes\":{bytes},\"threads\":{},\"wall\":{:.4},\"cpu\":{:.4}}}",
            settings.threads,
            begun.elapsed().as_secs_f64(),
            processor_seconds() - before
        );
    }
}
