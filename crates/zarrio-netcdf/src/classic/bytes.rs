//! Bytes of a header, one after the other, never past the end of the file.

use std::io::Read;

use super::parts::Problem;

/// No header is larger; in a large file this is what bounds memory.
const MAX_HEADER: u64 = 1 << 30;

/// Reads a header and knows where it stands.
pub(super) struct Bytes<R> {
    file: R,
    size: u64,
    position: u64,
}

impl<R: Read> Bytes<R> {
    pub(super) fn new(file: R, size: u64) -> Self {
        Self {
            file,
            size: size.min(MAX_HEADER),
            position: 0,
        }
    }

    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// Bytes between here and the end of the file.
    pub(super) const fn left(&self) -> u64 {
        self.size - self.position
    }

    /// The header is damaged about here.
    pub(super) fn invalid(&self, message: impl AsRef<str>) -> Problem {
        let position = self.position;
        Problem::Invalid(format!(
            "its header is damaged before byte {position}: {}",
            message.as_ref()
        ))
    }

    fn require(&self, length: u64, what: &str) -> Result<(), Problem> {
        if length <= self.left() {
            return Ok(());
        }
        let message = if self.size == MAX_HEADER {
            format!("its header goes beyond {MAX_HEADER} bytes, at {what}")
        } else {
            format!(
                "the file is cut short: {what} takes {length} bytes at byte {}, but the file has {} bytes",
                self.position, self.size
            )
        };
        Err(Problem::Invalid(message))
    }

    pub(super) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Problem> {
        self.require(N as u64, what)?;
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes).map_err(Problem::Io)?;
        self.position += N as u64;
        Ok(bytes)
    }

    pub(super) fn u32(&mut self, what: &str) -> Result<u32, Problem> {
        self.array(what).map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self, what: &str) -> Result<u64, Problem> {
        self.array(what).map(u64::from_be_bytes)
    }

    /// Bytes that are followed by as many more as make their number a multiple of four.
    ///
    /// Those should be zero. Some writers leave others there, which do no harm.
    pub(super) fn padded(&mut self, length: u64, what: &str) -> Result<Vec<u8>, Problem> {
        self.require(length.div_ceil(4).saturating_mul(4), what)?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        self.file.read_exact(&mut bytes).map_err(Problem::Io)?;
        self.position += length;
        for _ in 0..(4 - length % 4) % 4 {
            self.array::<1>(what)?;
        }
        Ok(bytes)
    }
}
