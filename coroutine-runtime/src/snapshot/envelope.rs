//! The bytes around a snapshot's values, as FORMAT.md has them. In: the frames of a stack; out: bytes, and from bytes that may be
//! hostile, where everything lies in them.
//!
//! What it does not do: look into the values, or know the functions.
use super::error::{RestoreError, SnapshotError};
use super::kind::Record;
use std::ops::Range;

/// "A durable coroutine's snapshot", not text, not UTF-8.
pub(super) const MAGIC: [u8; 4] = [0x8b, b'd', b'c', b's'];
/// The version of the format.
pub(super) const VERSION: u16 = 1;
/// How deep a stack of frames may be.
pub(super) const FRAMES_MAX: usize = 1 << 14;

const HEADER: usize = 24;
const CHECKSUM: usize = 4;

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    /// One after the other, as `codec` has them.
    Binary,
    /// A JSON array of one object for each frame, by the names of variables.
    Json,
}

/// Room for the header, in front of the values, and for a snapshot of about that length.
pub(super) fn begin(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length.max(HEADER + 128));
    bytes.extend_from_slice(&[0; HEADER]);
    bytes
}

/// How many kinds and frames a snapshot has.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) kinds: u16,
    frames: u32,
}

impl Counts {
    pub(super) fn new(kinds: usize, frames: usize) -> Result<Self, SnapshotError> {
        let frames = u32::try_from(frames).ok().filter(|_| frames <= FRAMES_MAX);
        let counts = u16::try_from(kinds).ok().zip(frames).map(|(kinds, frames)| Counts { kinds, frames });
        counts.ok_or_else(|| SnapshotError::too_deep(FRAMES_MAX))
    }
}

/// Writes the tail behind the values: the kinds, and which frame is of which, of `frames` that come in runs. Gives where it begins.
pub(super) fn tail<'k, I: Iterator<Item = &'k [u8]>>(
    bytes: &mut Vec<u8>,
    kinds: impl Fn() -> I,
    frames: usize,
    runs: impl Iterator<Item = (u16, usize)>,
) -> usize {
    let begins = bytes.len();
    bytes.reserve_exact(kinds().map(<[u8]>::len).sum::<usize>() + 2 * frames + CHECKSUM);
    for kind in kinds() {
        bytes.extend_from_slice(kind);
    }
    for (kind, times) in runs {
        let at = bytes.len();
        bytes.resize(at + 2 * times, 0);
        for frame in bytes[at..].chunks_exact_mut(2) {
            frame.copy_from_slice(&kind.to_le_bytes());
        }
    }
    begins
}

/// Writes a tail that is known already.
pub(super) fn known_tail(bytes: &mut Vec<u8>, tail: &[u8]) -> usize {
    let begins = bytes.len();
    bytes.reserve_exact(tail.len() + CHECKSUM);
    bytes.extend_from_slice(tail);
    begins
}

/// Writes the header, in front of the values, for which `bytes` has room, and the checksum. `tail`: where the values end.
pub(super) fn finish(mut bytes: Vec<u8>, codec: Codec, counts: Counts, tail: usize) -> Vec<u8> {
    let values = tail.saturating_sub(HEADER) as u64;
    let codec = match codec {
        Codec::Binary => 1,
        Codec::Json => 2,
    };
    let [v0, v1] = VERSION.to_le_bytes();
    let [k0, k1] = counts.kinds.to_le_bytes();
    let [f0, f1, f2, f3] = counts.frames.to_le_bytes();
    let [l0, l1, l2, l3, l4, l5, l6, l7] = values.to_le_bytes();
    let [m0, m1, m2, m3] = MAGIC;
    if let Some(header) = bytes.first_chunk_mut::<HEADER>() {
        *header = [m0, m1, m2, m3, v0, v1, codec, 0, k0, k1, 0, 0, f0, f1, f2, f3, l0, l1, l2, l3, l4, l5, l6, l7];
    }
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    if bytes.capacity() / 2 > bytes.len() {
        bytes.shrink_to_fit();
    }
    bytes
}

/// Where everything lies in a snapshot whose checksum is right and whose parts are well-formed, but for the texts in its kinds: who
/// reads them verifies them.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) codec: Codec,
    pub(super) values: Range<usize>,
    kinds: Vec<Range<usize>>,
    frames: Range<usize>,
}

/// What the header of a snapshot says whose checksum is right: the rest is unverified.
pub(super) struct Head {
    pub(super) codec: Codec,
    pub(super) values: Range<usize>,
    pub(super) kinds_count: u16,
    pub(super) frames_count: usize,
    /// Where the tail ends.
    body: usize,
}

impl Head {
    /// Checks the header and the checksum.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, RestoreError> {
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or_else(|| RestoreError::damaged(bytes.len(), "it ends within its header"))?;
        let [m0, m1, m2, m3, v0, v1, codec, flags, k0, k1, 0, 0, f0, f1, f2, f3, length @ ..] = *header else {
            return Err(RestoreError::damaged(10, "two bytes of its header that are zero are not"));
        };
        if [m0, m1, m2, m3] != MAGIC {
            return Err(RestoreError::foreign());
        }
        let version = u16::from_le_bytes([v0, v1]);
        if version != VERSION {
            return Err(RestoreError::version(version, VERSION));
        }
        let body = bytes
            .len()
            .checked_sub(CHECKSUM)
            .filter(|body| *body >= HEADER)
            .ok_or_else(|| RestoreError::damaged(bytes.len(), "it ends within its header"))?;
        let checksum = bytes[body..].first_chunk().map_or(0, |checksum| u32::from_le_bytes(*checksum));
        if crc32fast::hash(&bytes[..body]) != checksum {
            return Err(RestoreError::damaged(body, "its checksum is wrong: bytes were cut or changed"));
        }
        let codec = match (codec, flags) {
            (1, 0) => Codec::Binary,
            (2, 0) => Codec::Json,
            _ => return Err(RestoreError::damaged(6, "its codec is unknown")),
        };
        let values =
            usize::try_from(u64::from_le_bytes(length)).ok().and_then(|length| HEADER.checked_add(length)).filter(|end| *end <= body);
        let values = HEADER..values.ok_or_else(|| RestoreError::damaged(16, "its values claim more bytes than it has"))?;
        let frames_count = usize::try_from(u32::from_le_bytes([f0, f1, f2, f3])).unwrap_or(usize::MAX);
        Ok(Head { codec, values, kinds_count: u16::from_le_bytes([k0, k1]), frames_count, body })
    }

    /// What stands behind the values.
    pub(super) fn tail<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        bytes.get(self.values.end..self.body).unwrap_or_default()
    }
}

impl Layout {
    /// Checks the envelope.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, RestoreError> {
        Self::below(&Head::of(bytes)?, bytes)
    }

    /// Checks what is below the header.
    pub(super) fn below(head: &Head, bytes: &[u8]) -> Result<Self, RestoreError> {
        let (body, values, codec) = (head.body, head.values.clone(), head.codec);
        let mut at = values.end;
        let mut kinds = Vec::with_capacity(usize::from(head.kinds_count).min(body - at));
        for _ in 0..head.kinds_count {
            let length = Record::length(&bytes[at..body]).ok_or_else(|| RestoreError::damaged(at, "a kind of frame is malformed"))?;
            kinds.push(at..at + length);
            at += length;
        }
        let count = head.frames_count;
        if count == 0 || count > FRAMES_MAX || body - at != 2 * count {
            return Err(RestoreError::damaged(12, "its number of frames is not what its length says, or none, or too many"));
        }
        let layout = Layout { codec, values, kinds, frames: at..body };
        for frame in 0..count {
            if layout.kind(bytes, frame).is_none() {
                return Err(RestoreError::damaged(at + 2 * frame, "a frame is of a kind that is not there"));
            }
        }
        Ok(layout)
    }

    /// How many frames there are.
    pub(super) fn frames(&self) -> usize {
        self.frames.len() / 2
    }

    /// The record of a frame's kind.
    pub(super) fn kind<'b>(&self, bytes: &'b [u8], frame: usize) -> Option<&'b [u8]> {
        let frames = bytes.get(self.frames.clone())?;
        let index = frames.get(2 * frame..)?.first_chunk()?;
        bytes.get(self.kinds.get(usize::from(u16::from_le_bytes(*index)))?.clone())
    }
}
