//! Settings whose value is one of a few words.

use thiserror::Error;

/// A word that is none of those that a setting knows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{word:?} is none of {}{}", list(names), suggestion(word, names))]
pub struct UnknownWord {
    /// What was written.
    pub word: String,
    /// What could have been written.
    pub names: &'static [&'static str],
}

fn list(names: &[&str]) -> String {
    names.join(", ")
}

fn suggestion(word: &str, names: &[&str]) -> String {
    super::suggest::closest(word, names.iter().copied())
        .map(|name| format!("; did you mean {name:?}?"))
        .unwrap_or_default()
}

/// Defines enumerations that are written as words.
macro_rules! keywords {
    ($(
        $(#[$meta:meta])*
        $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $word:literal ),+ $(,)? }
    )+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $( $(#[$variant_meta])* $variant ),+ }

        impl $name {
            /// Every value, in the order in which help texts list them.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];

            /// The words of [`ALL`](Self::ALL), for help texts and completion.
            pub const WORDS: &'static [&'static str] = &[$( $word ),+];

            /// The word for this value.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word.trim().to_ascii_lowercase().as_str() {
                    $( $word => Ok(Self::$variant), )+
                    _ => Err(UnknownWord { word: word.to_owned(), names: Self::WORDS }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl super::setting::Setting for $name {
            fn read(node: &super::tree::Node) -> Result<Self, Vec<super::setting::Fault>> {
                super::setting::from_text(node, &format!("one of {}", list(Self::WORDS)))
            }

            fn write(&self) -> super::tree::Value {
                super::tree::Value::text(self.as_str())
            }
        }
    )+ };
}

keywords! {
    /// Which NetCDF reader opens a source.
    ReaderChoice {
        /// The Rust reader, and the C library for what that one does not support.
        Auto = "auto",
        /// Only the Rust reader: for files from untrusted hands.
        Rust = "rust",
        /// Only the C library.
        C = "c",
    }

    /// What happens to a value outside the packing range.
    RangeExceededAction {
        /// Nothing is written.
        Error = "error",
        /// The value is reported and stored as the nearest end of the range.
        Warn = "warn",
        /// The variable gets 32 bits and a range that holds all its values.
        Widen = "widen",
        /// The value is stored as the nearest end of the range.
        Ignore = "ignore",
    }

    /// How packed values are told to readers.
    PackingRepresentation {
        /// As integers with the attributes `scale_factor`, `add_offset` and `_FillValue`.
        Cf = "cf",
        /// As floating-point numbers by the filter of the Python tool.
        FixedScaleOffset = "fixedscaleoffset",
    }

    /// What the planner shapes chunks for.
    AccessPattern {
        /// Series at one place: long in time, small in space.
        Temporal = "temporal",
        /// Maps at one time: short in time, large in space.
        Spatial = "spatial",
        /// Both alike.
        Balanced = "balanced",
    }

    /// How the planner computes chunk lengths.
    ChunkStrategy {
        /// The formulas of the Python tool, to the number.
        Classic = "classic",
        /// The best shape by a model of the cost of reading.
        Optimal = "optimal",
    }

    /// How what was written is checked.
    CheckLevel {
        /// Not at all.
        None = "none",
        /// One chunk in eight is decoded and compared before it is stored.
        Sampled = "sampled",
        /// Every chunk is.
        Encoded = "encoded",
        /// Every chunk is read back from the store and compared.
        ReadBack = "read-back",
    }

    /// Where an archive is kept.
    Storage {
        /// A disk of this machine: small chunks, since asking for one costs little.
        Local = "local",
        /// A file server or a parallel file system.
        Server = "server",
        /// An object store: large chunks, since each is a request over the network.
        Cloud = "cloud",
    }

    /// What is added to every chunk so that damage is found when it is read.
    Checksum {
        /// Nothing.
        None = "none",
        /// A CRC-32C of the compressed bytes.
        Crc32c = "crc32c",
    }

    /// How bytes are rearranged before Blosc compresses them.
    Shuffle {
        /// Bytes of equal significance stand together.
        Byte = "shuffle",
        /// Bits of equal significance stand together.
        Bit = "bitshuffle",
        /// Not at all.
        None = "noshuffle",
    }
}

impl Storage {
    /// The size that chunks should have there before compression: the middle of what suits
    /// a local disk (10 to 25 MiB), a file server (50 to 100) and an object store (100 to
    /// 200).
    #[must_use]
    pub const fn target_chunk_size(self) -> crate::ByteSize {
        crate::ByteSize(match self {
            Self::Local => 16 << 20,
            Self::Server => 64 << 20,
            Self::Cloud => 128 << 20,
        })
    }
}
