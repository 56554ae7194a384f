//! The bytes of a file that is written piece by piece: blocks that are shared, so that appending costs what is
//! appended, not what is there.
//!
//! Promises: a write copies the blocks that it touches and no others; blocks that are equal to the one before share its
//! memory, so that a disk full of zeros takes none. It must not know paths or metadata.

use std::sync::Arc;

use imbl::Vector;

/// Bytes of a block.
const BLOCK: usize = 65_536;

/// Bytes in blocks; all but the last are `BLOCK` long.
#[derive(Clone, Debug, Default)]
pub struct Chunks {
    blocks: Vector<Arc<[u8]>>,
    size: u64,
}

impl Chunks {
    /// How many bytes there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Fills `buffer` with the bytes from `offset` on, as far as there are any; says how many there were.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let mut done = 0;
        while done < buffer.len() {
            let at = offset.saturating_add(done as u64);
            if at >= self.size {
                break;
            }
            let within = (at % BLOCK as u64) as usize;
            let block = usize::try_from(at / BLOCK as u64).ok().and_then(|number| self.blocks.get(number));
            let Some(piece) = block.and_then(|block| block.get(within..)).filter(|piece| !piece.is_empty()) else {
                break;
            };
            let length = piece.len().min(buffer.len() - done);
            buffer[done..done + length].copy_from_slice(&piece[..length]);
            done += length;
        }
        done
    }

    /// Adds bytes at the end.
    pub fn append(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let open = (self.size % BLOCK as u64) as usize;
            let length = bytes.len().min(BLOCK - open);
            let (now, later) = bytes.split_at(length);
            let mut block = Vec::with_capacity(open + length);
            if open > 0
                && let Some(last) = self.blocks.pop_back()
            {
                block.extend_from_slice(&last);
            }
            block.extend_from_slice(now);
            match self.blocks.last() {
                Some(last) if **last == *block => self.blocks.push_back(Arc::clone(last)),
                _ => self.blocks.push_back(block.into()),
            }
            self.size += length as u64;
            bytes = later;
        }
    }

    /// Writes bytes at `offset`, over what is there; a gap behind the end is filled with zeros.
    pub fn write_at(&mut self, offset: u64, bytes: &[u8]) {
        let zeros = [0; 4096];
        while self.size < offset {
            let length = usize::try_from(offset - self.size).unwrap_or(usize::MAX).min(zeros.len());
            self.append(&zeros[..length]);
        }
        let over = usize::try_from(self.size - offset).unwrap_or(usize::MAX).min(bytes.len());
        let (inside, behind) = bytes.split_at(over);
        let mut rest = inside;
        let mut at = offset;
        while !rest.is_empty() {
            let within = (at % BLOCK as u64) as usize;
            let length = rest.len().min(BLOCK - within);
            let number = usize::try_from(at / BLOCK as u64).unwrap_or(usize::MAX);
            if let Some(block) = self.blocks.get_mut(number) {
                let mut copy = block.to_vec();
                copy[within..within + length].copy_from_slice(&rest[..length]);
                *block = copy.into();
            }
            at += length as u64;
            rest = &rest[length..];
        }
        self.append(behind);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn writes_give_what_a_plain_vector_gives(
            writes in proptest::collection::vec((0..200_000_u64, 0..90_000_usize, any::<u8>()), 1..6)
        ) {
            let (mut chunks, mut plain) = (Chunks::default(), Vec::new());
            for (offset, length, byte) in writes {
                let bytes: Vec<u8> = (0..length).map(|at| byte.wrapping_add((at / 7) as u8)).collect();
                chunks.write_at(offset, &bytes);
                let start = offset as usize;
                plain.resize(plain.len().max(start + length).max(start), 0);
                plain[start..start + length].copy_from_slice(&bytes);
            }
            let mut read = vec![1; plain.len() + 10];
            let length = chunks.read_at(0, &mut read);
            prop_assert_eq!(length as u64, chunks.size());
            prop_assert_eq!(&read[..length], &plain[..]);
        }
    }
}
