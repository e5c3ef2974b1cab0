//! From a source to elements in memory.

use zarrio_model::{DataType, Region, Source};

use super::{Block, Order, Transfer};
use crate::RegionError;
use crate::memory::Buffer;
use crate::recode::Recode;
use crate::scatter::{each_part, each_run, is_whole, place, position};

/// Elements of a region of the archive, in C order but where an [`Order`] says otherwise. What the
/// source does not place is there too, with no meaning.
#[derive(Debug)]
pub(crate) enum Elements {
    /// Of fixed size, in native byte order.
    Bytes(Buffer),
    /// Text.
    Text(Vec<String>),
}

/// Some elements, borrowed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum View<'e> {
    /// Of fixed size, in native byte order.
    Bytes(&'e [u8]),
    /// Text.
    Text(&'e [String]),
}

impl Elements {
    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::Bytes(bytes) => View::Bytes(bytes),
            Self::Text(texts) => View::Text(texts),
        }
    }
}

/// Who looks at what is read: at a region of the archive, and its elements in C order.
pub(crate) type Look<'l> = dyn Fn(&Region, View<'_>) + Sync + 'l;

/// Memory for what does not go straight into a block, kept from block to block.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// As the source has it.
    read: Buffer,
    /// As the archive has it.
    recoded: Buffer,
}

impl Transfer {
    /// Reads what the source places into a region of the archive.
    pub(crate) fn read(
        &self,
        source: &dyn Source,
        region: &Region,
        buffer: Buffer,
        parts: &mut Parts,
    ) -> Result<Elements, RegionError> {
        // What nobody looks at is read whole, and stays in its order.
        let block = self.read_block(source, region, buffer, parts, None)?;
        debug_assert_eq!(block.order, Order::Rows);
        Ok(block.elements)
    }

    /// The same for whoever encodes it. With `look` it is looked at: all of the region, once, in
    /// parts and from any thread.
    pub(crate) fn read_block(
        &self,
        source: &dyn Source,
        region: &Region,
        mut buffer: Buffer,
        parts: &mut Parts,
        look: Option<&Look<'_>>,
    ) -> Result<Block, RegionError> {
        let placement = self.placement.within(region);
        let mut order = Order::Rows;
        let Some(width) = self.array.data_type().size() else {
            let mut texts = Vec::new();
            each_part(&placement, |from, placed| {
                let part = source.read_text(&self.variable, from)?;
                if is_whole(placed, region) {
                    texts = part;
                    return Ok(());
                }
                texts.resize(region.num_elements() as usize, String::new());
                each_run(placed, |runs| {
                    place(&part, from, runs, &mut texts, region, 1);
                });
                Ok::<(), RegionError>(())
            })?;
            if let Some(look) = look {
                look(region, View::Text(&texts));
            }
            return Ok(Block {
                region: region.clone(),
                elements: Elements::Text(texts),
                order,
            });
        };
        // The plan bounds a block by the memory setting, so this fits.
        buffer.resize(region.num_elements() as usize * width)?;
        let name = self.variable.as_str();
        let source_type = self.recode.as_deref().map(Recode::source_type);
        let source_width = source_type.and_then(DataType::size).unwrap_or(width);
        let Parts { read, recoded } = parts;
        let mut unseen = look;
        each_part(&placement, |from, placed| {
            let is_whole = is_whole(placed, region);
            if is_whole && self.recode.is_none() {
                match unseen.take() {
                    None => source.read(&self.variable, from, &mut buffer)?,
                    Some(look) => {
                        order = self.read_straight(source, from, region, &mut buffer, look)?;
                    }
                }
                return Ok(());
            }
            let elements = from.num_elements() as usize;
            read.resize(elements * source_width)?;
            source.read(&self.variable, from, read)?;
            let place_from = |part: &[u8], buffer: &mut [u8]| {
                each_run(placed, |runs| {
                    place(part, from, runs, buffer, region, width);
                });
            };
            match self.recode.as_deref() {
                None => place_from(read, &mut buffer),
                Some(recode) if is_whole => {
                    recode.apply(name, read, &mut buffer, |element| position(element, from))?;
                }
                Some(recode) => {
                    recoded.resize(elements * width)?;
                    recode.apply(name, read, recoded, |element| position(element, from))?;
                    place_from(recoded, &mut buffer);
                }
            }
            Ok::<(), RegionError>(())
        })?;
        if let Some(look) = unseen {
            look(region, View::Bytes(&buffer));
        }
        Ok(Block {
            region: region.clone(),
            elements: Elements::Bytes(buffer),
            order,
        })
    }
}
