//! One stream of a block.

use zstd::zstd_safe::{CCtx, CParameter, ParamSwitch, SafeResult, Strategy};

/// A search looks at every so many bytes only where it would find little.
const STRIDE: u32 = 128;
/// So many bytes of a stream are looked at to know.
const SAMPLE: usize = 16 << 10;
/// Streams shorter than so many samples are searched without.
const FEWEST_SAMPLES: usize = 4;
/// Searching is worth its time where it takes away more than one in so many bytes.
const LEAST: usize = 50;

/// Two ways to compress, and memory to try them.
pub(super) struct Compressor {
    /// `None` where there is no memory for them: then nothing is compressed.
    ways: Option<Ways>,
    level: i32,
    tried: Vec<u8>,
}

struct Ways {
    /// As the level says.
    searching: CCtx<'static>,
    /// Bytes by how often they are, and the longest repetitions.
    counting: CCtx<'static>,
}

impl Ways {
    fn new() -> Option<Self> {
        let mut ways = Self {
            searching: CCtx::try_create()?,
            counting: CCtx::try_create()?,
        };
        for parameter in [
            CParameter::CompressionLevel(1),
            CParameter::Strategy(Strategy::ZSTD_fast),
            CParameter::TargetLength(STRIDE),
            CParameter::LiteralCompressionMode(ParamSwitch::Enable),
        ] {
            ways.counting.set_parameter(parameter).ok()?;
        }
        Some(ways)
    }
}

impl Default for Compressor {
    fn default() -> Self {
        Self {
            ways: Ways::new(),
            level: 0,
            tried: Vec::new(),
        }
    }
}

impl Compressor {
    /// The level of Zstandard of the streams to come.
    pub(super) fn set_level(&mut self, level: i32) {
        if let Some(ways) = self.ways.as_mut().filter(|_| level != self.level) {
            let parameter = CParameter::CompressionLevel(level);
            match ways.searching.set_parameter(parameter) {
                Ok(_) => self.level = level,
                Err(_) => self.ways = None,
            }
        }
    }

    /// Puts a stream to a place: its length there, and its bytes, compressed where that makes
    /// them fewer. Gives the bytes that it takes, or `None` where there is no room for them.
    pub(super) fn put(&mut self, stream: &[u8], place: &mut [u8]) -> Option<usize> {
        let searches = self.searches(stream);
        let (head, place) = place.split_first_chunk_mut::<4>()?;
        // Equal to the length of the stream it would mean that it stands there as it is.
        let room = place.len().min(stream.len().saturating_sub(1));
        let compressed = self.ways.as_mut().and_then(|ways| {
            let way = match searches {
                true => &mut ways.searching,
                false => &mut ways.counting,
            };
            // It fails where there is no room for it.
            way.compress2(&mut place[..room], stream).ok()
        });
        let length = match compressed {
            Some(length) => length,
            None => {
                place.get_mut(..stream.len())?.copy_from_slice(stream);
                stream.len()
            }
        };
        *head = (length as u32).to_le_bytes();
        Some(head.len() + length)
    }

    /// Whether searching for repetitions brings as much as it costs: above level 1 it takes
    /// several times as long as counting.
    fn searches(&mut self, stream: &[u8]) -> bool {
        let Some(ways) = &mut self.ways else {
            return false;
        };
        if self.level == 1 || stream.len() < FEWEST_SAMPLES * SAMPLE {
            return true;
        }
        let sample = &stream[(stream.len() - SAMPLE) / 2..][..SAMPLE];
        self.tried.resize(2 * SAMPLE, 0);
        let mut length =
            |way: &mut CCtx<'static>| -> SafeResult { way.compress2(&mut self.tried[..], sample) };
        match (length(&mut ways.searching), length(&mut ways.counting)) {
            (Ok(searched), Ok(counted)) => searched + searched / LEAST < counted,
            _ => true,
        }
    }
}
