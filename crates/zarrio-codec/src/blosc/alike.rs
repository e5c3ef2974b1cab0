//! Blocks of one element again and again: what nobody has written yet, or what is land.

use super::stream::{Compressor, Way};

/// The last such block, as it is compressed.
#[derive(Default)]
pub(super) struct Alike {
    element: Vec<u8>,
    length: usize,
    compressed: Vec<u8>,
}

impl Alike {
    /// Puts a block of such elements behind a frame, each of its bytes as a stream of its own;
    /// false where they are not all the same, or the frame has no room.
    pub(super) fn put(
        &mut self,
        block: &[u8],
        element_size: usize,
        frame: &mut Vec<u8>,
        compressor: &mut Compressor,
    ) -> bool {
        let (element, others) = block.split_at(element_size);
        // Each is like the one before.
        if others != &block[..others.len()] {
            return false;
        }
        if self.element != element || self.length != block.len() {
            self.length = 0;
            self.compressed.clear();
            self.compressed.reserve(block.len());
            for byte in element {
                let stream = vec![*byte; block.len() / element_size];
                let done = compressor.put(&stream, Way::Counting, &mut self.compressed);
                if done.is_none() {
                    return false;
                }
            }
            self.compressed.shrink_to_fit();
            self.element = element.to_vec();
            self.length = block.len();
        }
        let fits = self.compressed.len() <= frame.capacity() - frame.len();
        if fits {
            frame.extend_from_slice(&self.compressed);
        }
        fits
    }
}
