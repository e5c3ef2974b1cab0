//! One stream of a block.

use std::io::Cursor;

use zstd::zstd_safe::{CCtx, CParameter, ParamSwitch, Strategy, compress_bound};

use super::sequences::{Repeats, Sequences};

/// A search looks at every so many bytes only where it would find little. What is there again
/// for kilobytes it still finds, wherever: a field that does not change, or land.
const STRIDE: u32 = 128;
/// The least that it takes for repeated.
const LEAST_MATCH: u32 = 7;
/// What the level says.
const DEFAULT: u32 = 0;
/// One element of so many bytes that is there again is worth saying, whatever the level says.
const ELEMENT: usize = 4;
/// The least level at which repetitions of a few bytes are looked for beside longer ones.
const SHORT_AND_LONG: i32 = 3;
/// The least level at which several places are looked at for such a repetition: elements of two
/// bytes become up to a twentieth smaller.
const THOROUGH: i32 = 5;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As the level says.
    Searching,
    /// As the level says, or a higher one that finds short repetitions too, for elements of so
    /// many bytes that are together.
    Elements(usize),
    /// As the first level says, for bytes of one rank, of which short repetitions cost more than
    /// they bring.
    Skimming,
    /// By how often bytes are, and what is repeated at a distance.
    Repeating(Repeats),
    /// By how often bytes are, and the longest repetitions: several times as fast.
    Counting,
    /// As they are but for the longest repetitions: as fast as a copy.
    Storing,
}

/// The ways to compress, and memory to try them.
pub(super) struct Compressor {
    /// `None` where there is no memory for them: then nothing is compressed.
    contexts: Option<Contexts>,
    tried: Vec<u8>,
}

struct Contexts {
    searching: CCtx<'static>,
    /// For elements where the level is too low for them.
    elements: CCtx<'static>,
    level: i32,
    /// `None` where Zstandard is one that takes no sequences of ours.
    repeating: Option<Sequences>,
    counting: CCtx<'static>,
    storing: CCtx<'static>,
}

impl Contexts {
    fn new() -> Option<Self> {
        Some(Self {
            searching: CCtx::try_create()?,
            elements: CCtx::try_create()?,
            level: 0,
            repeating: Sequences::new(),
            counting: hasty(ParamSwitch::Enable)?,
            storing: hasty(ParamSwitch::Disable)?,
        })
    }

    fn set_level(&mut self, level: i32) -> Option<()> {
        if level == self.level {
            return Some(());
        }
        of_level(&mut self.searching, level)?;
        self.level = level;
        Some(())
    }

    /// Puts a compressed stream behind what there is; `None` where there is no room for it.
    fn compress(&mut self, way: Way, stream: &[u8], place: &mut Vec<u8>) -> Option<usize> {
        let context = match way {
            Way::Searching => of_least(&mut self.searching, DEFAULT)?,
            Way::Elements(bytes) => {
                let (level, least) = match bytes < ELEMENT {
                    true => (THOROUGH, DEFAULT),
                    false => (SHORT_AND_LONG, ELEMENT as u32),
                };
                let context = match self.level < level {
                    true => of_level(&mut self.elements, level)?,
                    false => &mut self.searching,
                };
                of_least(context, least)?
            }
            Way::Skimming => of_least(&mut self.searching, LEAST_MATCH)?,
            Way::Repeating(repeats) => {
                let repeating = self.repeating.as_mut();
                let length = repeating.and_then(|own| own.compress(stream, repeats, place));
                if length.is_some() {
                    return length;
                }
                &mut self.counting
            }
            Way::Counting => &mut self.counting,
            Way::Storing => &mut self.storing,
        };
        // Memory that nothing was written to yet, and that is not to be filled before.
        let start = place.len() as u64;
        let mut behind = Cursor::new(place);
        behind.set_position(start);
        context.compress2(&mut behind, stream).ok()
    }
}

/// One that searches as a level says.
fn of_level<'c>(context: &'c mut CCtx<'static>, level: i32) -> Option<&'c mut CCtx<'static>> {
    let parameter = CParameter::CompressionLevel(level);
    context.set_parameter(parameter).ok().map(|_| context)
}

/// One that takes for repeated what has at least so many bytes.
fn of_least<'c>(context: &'c mut CCtx<'static>, bytes: u32) -> Option<&'c mut CCtx<'static>> {
    let parameter = CParameter::MinMatch(bytes);
    context.set_parameter(parameter).ok().map(|_| context)
}

/// One that finds long repetitions only, and takes bytes by how often they are or as they are.
fn hasty(literals: ParamSwitch) -> Option<CCtx<'static>> {
    let mut context = CCtx::try_create()?;
    for parameter in [
        CParameter::CompressionLevel(1),
        CParameter::Strategy(Strategy::ZSTD_fast),
        CParameter::TargetLength(STRIDE),
        CParameter::MinMatch(LEAST_MATCH),
        CParameter::LiteralCompressionMode(literals),
    ] {
        context.set_parameter(parameter).ok()?;
    }
    Some(context)
}

impl Default for Compressor {
    fn default() -> Self {
        Self {
            contexts: Contexts::new(),
            tried: Vec::new(),
        }
    }
}

impl Compressor {
    /// Whether time is all that counts.
    pub(super) fn is_fastest(&self) -> bool {
        self.contexts.as_ref().is_some_and(|all| all.level == 1)
    }

    /// The level of Zstandard of the streams to come.
    pub(super) fn set_level(&mut self, level: i32) {
        let contexts = self.contexts.take();
        self.contexts = contexts.and_then(|mut all| all.set_level(level).map(|()| all));
    }

    /// Gives back memory for results above a size.
    pub(super) fn shrink(&mut self, most: usize) {
        if self.tried.capacity() > most {
            self.tried = Vec::new();
        }
    }

    /// Puts a stream behind a frame: its length there, and its bytes, compressed where that
    /// makes them fewer. `None` where the frame has no room for them.
    pub(super) fn put(&mut self, stream: &[u8], way: Way, frame: &mut Vec<u8>) -> Option<()> {
        let room = frame.capacity();
        let start = frame.len() + size_of::<u32>();
        if start > room {
            return None;
        }
        frame.resize(start, 0);
        let contexts = self.contexts.as_mut();
        let compressed = contexts.and_then(|contexts| contexts.compress(way, stream, frame));
        let length = match compressed {
            // Equal to the length of the stream it would mean that it stands there as it is.
            Some(length) if length < stream.len() => length,
            _ if stream.len() > room - start => return None,
            _ => {
                frame.truncate(start);
                frame.extend_from_slice(stream);
                stream.len()
            }
        };
        frame[start - size_of::<u32>()..start].copy_from_slice(&(length as u32).to_le_bytes());
        Some(())
    }

    /// Puts a stream in place of all that is behind `start` in a frame, where that makes it at
    /// most so many bytes, and no more than it has by itself.
    pub(super) fn replace(
        &mut self,
        stream: &[u8],
        way: Way,
        frame: &mut Vec<u8>,
        start: usize,
        most: usize,
    ) -> bool {
        let Some(length) = self.length(stream, way) else {
            return false;
        };
        let is_less = length < stream.len() && size_of::<u32>() + length <= most;
        if is_less {
            frame.truncate(start);
            frame.extend_from_slice(&(length as u32).to_le_bytes());
            frame.extend_from_slice(&self.tried[..length]);
        }
        is_less
    }

    /// How long a sample of a stream becomes; `None` where it cannot be compressed.
    pub(super) fn length(&mut self, sample: &[u8], way: Way) -> Option<usize> {
        self.tried.clear();
        self.tried.reserve(compress_bound(sample.len()));
        let contexts = self.contexts.as_mut()?;
        contexts.compress(way, sample, &mut self.tried)
    }
}
