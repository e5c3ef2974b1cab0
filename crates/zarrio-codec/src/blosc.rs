//! Blosc with Zstandard, written faster than the C library writes it.
//!
//! The frames are those of Blosc 1, which every reader of Blosc reads; decoding and all other
//! compressors are the library's. What is different is how a frame is made. The memory that
//! this takes is kept from chunk to chunk. And where a sample says that it is worth it, the bytes
//! of equal rank are streams of their own, so that each is compressed as suits it: the noise of
//! the last digits is not searched for repetitions that it has not. Where few elements come again
//! and again, the bytes of each are left together, which a frame says itself.

mod alike;
mod change;
mod distances;
mod encoder;
mod frequency;
mod repeats;
mod sample;
mod sequences;
mod shuffle;
mod stream;
#[cfg(test)]
mod tests;
mod together;

use std::any::Any;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Once};

use serde_json::{Map, Value};
use zarrs::array::codec::api::{
    ArrayToBytesCodecTraits, BytesPartialDecoderTraits, BytesToBytesCodecTraits, Codec, CodecError,
    CodecMetadataOptions, CodecOptions, CodecRuntimePluginV3, CodecTraits,
    PartialDecoderCapability, PartialEncoderCapability, RecommendedConcurrency, register_codec_v3,
};
use zarrs::array::codec::{
    BloscCodec, BloscCodecConfiguration, BloscCompressor, BloscShuffleMode, BytesCodec,
};
use zarrs::array::{ArrayBytesRaw, BytesRepresentation, CodecChain};
use zarrs::metadata::Configuration;
use zarrs::metadata::v3::MetadataV3;
use zarrs::plugin::{ExtensionName, PluginCreateError, ZarrVersion};

pub(crate) use distances::tell as tell_distances;
use encoder::Encoder;

use crate::stored_array::{Changed, make_room};

/// Has the codec library take this for its Blosc, within shards too.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        register_codec_v3(CodecRuntimePluginV3::new(|name| name == "blosc", create));
    });
}

fn create(metadata: &MetadataV3) -> Result<Codec, PluginCreateError> {
    let configuration = metadata.configuration().cloned().unwrap_or_default();
    let mut configuration: Map<String, Value> = configuration.into();
    let distances = distances::told(&mut configuration);
    let metadata = MetadataV3::new_with_configuration(metadata.name(), configuration);
    let configuration: BloscCodecConfiguration = metadata.to_typed_configuration()?;
    if let BloscCodecConfiguration::V1(told) = &configuration
        && told
            .typesize
            .is_some_and(|bytes| i32::try_from(bytes).is_err())
    {
        // The library would take the rest of it for the size of an element.
        return Err("no element has as many bytes as the typesize of its Blosc codec".into());
    }
    let library = Arc::new(BloscCodec::new_with_configuration(&configuration)?);
    Ok(Codec::BytesToBytes(
        match encoder(&configuration, distances) {
            Some(encoder) => Arc::new(Blosc { library, encoder }),
            None => library,
        },
    ))
}

/// `None` for what the C library writes.
fn encoder(configuration: &BloscCodecConfiguration, distances: Vec<usize>) -> Option<Encoder> {
    let BloscCodecConfiguration::V1(configuration) = configuration else {
        return None;
    };
    let element_size = match configuration.shuffle {
        BloscShuffleMode::NoShuffle => 1,
        BloscShuffleMode::Shuffle => configuration.typesize?,
        BloscShuffleMode::BitShuffle => return None,
    };
    if configuration.cname != BloscCompressor::Zstd {
        return None;
    }
    Encoder::new(
        configuration.clevel.into(),
        element_size,
        configuration.blocksize,
        distances,
    )
}

/// The library's codec but for encoding.
#[derive(Debug)]
struct Blosc {
    library: Arc<BloscCodec>,
    encoder: Encoder,
}

/// What is to be changed in an object.
pub(crate) struct Change<'o> {
    pub(crate) old: &'o [u8],
    /// How many bytes the chunk has, and how many an element.
    pub(crate) bytes: usize,
    pub(crate) element_size: usize,
    /// What of the chunk.
    pub(crate) changed: &'o Changed,
    /// Whether all of it is to be decoded.
    pub(crate) all: bool,
}

/// Changes what an object holds, where bytes go to such a Blosc as they are. Gives the new
/// object, and which part of the chunk is in `chunk` then. `None` where there is nothing to keep,
/// or something is wrong.
pub(crate) fn change(
    codecs: &CodecChain,
    change: &Change<'_>,
    chunk: &mut Vec<u8>,
    mut put: impl FnMut(&mut [u8]),
) -> Option<(Vec<u8>, Range<usize>)> {
    let is_plain = codecs.array_to_array_codecs().is_empty()
        && is_native(codecs.array_to_bytes_codec().as_ref(), change.element_size);
    let [blosc] = codecs.bytes_to_bytes_codecs() else {
        return None;
    };
    let Blosc { library, encoder } = blosc.as_any().downcast_ref().filter(|_| is_plain)?;
    let kept = encoder.keep(change.old, change.bytes, change.changed)?;
    let decode = |frame: Cow<'_, [u8]>, length: usize| {
        let size = BytesRepresentation::FixedSize(length as u64);
        let decoded = library.decode(frame, &size, &CodecOptions::default());
        // It decodes what a frame says, whatever was asked for.
        let decoded = decoded.ok().filter(|decoded| decoded.len() == length);
        decoded.map(Cow::into_owned)
    };
    let (part, kept) = match kept.frames().filter(|_| !change.all) {
        Some(frames) => {
            make_room(chunk, change.bytes);
            for (place, frame) in frames {
                let decoded = decode(Cow::Owned(frame), place.len())?;
                chunk[place].copy_from_slice(&decoded);
            }
            (kept.part(), kept)
        }
        None => {
            *chunk = decode(Cow::Borrowed(change.old), change.bytes)?;
            (0..change.bytes, kept.with_all())
        }
    };
    put(chunk);
    let object = encoder.encode_over(chunk, &kept)?;
    Some((object, part))
}

/// Whether the bytes of elements are stored in the order in which they are in memory.
fn is_native(codec: &dyn ArrayToBytesCodecTraits, element_size: usize) -> bool {
    let configuration = codec.configuration(ZarrVersion::V3, &CodecMetadataOptions::default());
    let order = configuration.as_ref().and_then(|all| all.get("endian"));
    let native = match cfg!(target_endian = "little") {
        true => "little",
        false => "big",
    };
    let is_native = order.map_or(element_size == 1, |order| order == native);
    codec.as_any().is::<BytesCodec>() && is_native
}

impl ExtensionName for Blosc {
    fn name(&self, version: ZarrVersion) -> Option<Cow<'static, str>> {
        self.library.name(version)
    }
}

impl CodecTraits for Blosc {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn configuration(
        &self,
        version: ZarrVersion,
        options: &CodecMetadataOptions,
    ) -> Option<Configuration> {
        self.library.configuration(version, options)
    }

    fn partial_decoder_capability(&self) -> PartialDecoderCapability {
        self.library.partial_decoder_capability()
    }

    fn partial_encoder_capability(&self) -> PartialEncoderCapability {
        self.library.partial_encoder_capability()
    }
}

impl BytesToBytesCodecTraits for Blosc {
    fn into_dyn(self: Arc<Self>) -> Arc<dyn BytesToBytesCodecTraits> {
        self
    }

    fn recommended_concurrency(
        &self,
        decoded: &BytesRepresentation,
    ) -> Result<RecommendedConcurrency, CodecError> {
        self.library.recommended_concurrency(decoded)
    }

    fn encode<'a>(
        &self,
        decoded: ArrayBytesRaw<'a>,
        options: &CodecOptions,
    ) -> Result<ArrayBytesRaw<'a>, CodecError> {
        match self.encoder.encode(&decoded) {
            Some(frame) => Ok(Cow::Owned(frame)),
            // Larger than a frame can be: its error says so.
            None => self.library.encode(decoded, options),
        }
    }

    fn decode<'a>(
        &self,
        encoded: ArrayBytesRaw<'a>,
        decoded: &BytesRepresentation,
        options: &CodecOptions,
    ) -> Result<ArrayBytesRaw<'a>, CodecError> {
        self.library.decode(encoded, decoded, options)
    }

    fn partial_decoder(
        self: Arc<Self>,
        input: Arc<dyn BytesPartialDecoderTraits>,
        decoded: &BytesRepresentation,
        options: &CodecOptions,
    ) -> Result<Arc<dyn BytesPartialDecoderTraits>, CodecError> {
        Arc::clone(&self.library).partial_decoder(input, decoded, options)
    }

    fn encoded_representation(&self, decoded: &BytesRepresentation) -> BytesRepresentation {
        self.library.encoded_representation(decoded)
    }
}
