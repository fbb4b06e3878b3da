//! Snapshots: a replay as bytes, such that the loaded one samples the same bits.
//!
//! ```text
//! magic "FRREPLAY" · version u32 · byte order u32 · observation, action, task, frame, lanes, rows, pushed u64 · crc32c of
//! these
//! heads [lanes, 3] u32 · links u32, records f32 and frames u8 of the filled rows, in memory order · crc32c of these
//! ```
//!
//! The header is little-endian. What follows is in the byte order of the machine that wrote it, which the header tells.

use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};

use crate::ring::Head;
use crate::{Replay, ReplayError, Shape};

const MAGIC: &[u8; 8] = b"FRREPLAY";
const VERSION: u32 = 2;
/// Its bytes in memory tell the byte order.
const ORDER: u32 = 0x0102_0304;
const HEADER: usize = 72;
/// Bytes handed to the reader or writer at once.
const CHUNK: usize = 1 << 20;

impl Replay {
    /// Writes all that the replay holds. Open episodes stay open in the loaded replay.
    ///
    /// # Errors
    /// [`ReplayError::Io`] if `writer` fails.
    pub fn save(&self, writer: &mut impl Write) -> Result<(), ReplayError> {
        let rings = &self.rings;
        let mut header = Vec::with_capacity(HEADER + 4);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&ORDER.to_ne_bytes());
        let Shape { observation, action, task, frame } = rings.shape;
        for size in [observation, action, task, frame, rings.lanes, rings.rows] {
            header.extend_from_slice(&(size as u64).to_le_bytes());
        }
        header.extend_from_slice(&self.pushed.to_le_bytes());
        header.extend_from_slice(&crc32c::crc32c(&header).to_le_bytes());

        let heads: Vec<[u32; 3]> =
            rings.heads.iter().map(|head| [head.filled, head.newest, head.open].map(|n| n as u32)).collect();
        let spans = rings.spans();
        let mut out = BufWriter::with_capacity(CHUNK, writer);
        out.write_all(&header)?;
        let mut sum = 0;
        let mut content = |bytes: &[u8]| {
            sum = crc32c::crc32c_append(sum, bytes);
            out.write_all(bytes)
        };
        content(bytemuck::cast_slice(&heads))?;
        for span in &spans {
            content(bytemuck::cast_slice(&rings.links[span.clone()]))?;
        }
        for span in &spans {
            // Pieces, so that the checksum reads what the writer then finds in the cache.
            let numbers = &rings.records[span.start * rings.width..span.end * rings.width];
            for piece in numbers.chunks(CHUNK / 4) {
                content(bytemuck::cast_slice(piece))?;
            }
        }
        for span in &spans {
            for piece in rings.frames[span.start * frame..span.end * frame].chunks(CHUNK) {
                content(piece)?;
            }
        }
        out.write_all(&sum.to_le_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Reads what [`save`](Self::save) wrote, and nothing past it.
    ///
    /// # Errors
    /// [`ReplayError::Snapshot`] if the snapshot is cut short, altered, or of another version or byte order;
    /// [`ReplayError::Memory`] if it does not fit in memory; [`ReplayError::Io`] if `reader` fails.
    pub fn load(reader: &mut impl Read) -> Result<Self, ReplayError> {
        let mut header = [0; HEADER + 4];
        read(reader, &mut header, "header")?;
        let (shape, lanes, rows, pushed) = parse(&header)?;
        let mut replay = Self::new(shape, lanes, lanes * (rows - 1)).map_err(|error| match error {
            ReplayError::OutOfRange { .. } => broken(format!("{error}")),
            other => other,
        })?;
        replay.pushed = pushed;
        let rings = &mut replay.rings;

        let mut sum = 0;
        let mut heads = vec![[0_u32; 3]; lanes];
        read(reader, bytemuck::cast_slice_mut(&mut heads), "lane states")?;
        sum = crc32c::crc32c_append(sum, bytemuck::cast_slice(&heads));
        for (head, &[filled, newest, open]) in rings.heads.iter_mut().zip(&heads) {
            *head = Head { filled: filled as usize, newest: newest as usize, open: open as usize };
            if head.filled > rows {
                return Err(broken(format!("a lane has {filled} rows of {rows}")));
            }
            rings.fullest = rings.fullest.max(head.filled);
        }

        let spans = rings.spans();
        let stored: usize = spans.iter().map(ExactSizeIterator::len).sum();
        // Limited to this snapshot, so that the buffer takes nothing of what follows it.
        let row_bytes = 4 * (1 + rings.width) + shape.frame;
        let mut content = BufReader::with_capacity(CHUNK, reader.take((stored * row_bytes) as u64));
        for span in &spans {
            let bytes = bytemuck::cast_slice_mut(&mut rings.links[span.clone()]);
            read(&mut content, bytes, "links of rows")?;
            sum = crc32c::crc32c_append(sum, bytes);
        }
        for span in &spans {
            for piece in rings.records[span.start * rings.width..span.end * rings.width].chunks_mut(CHUNK / 4) {
                let bytes = bytemuck::cast_slice_mut(piece);
                read(&mut content, bytes, "records of rows")?;
                sum = crc32c::crc32c_append(sum, bytes);
            }
        }
        for span in &spans {
            for piece in rings.frames[span.start * shape.frame..span.end * shape.frame].chunks_mut(CHUNK) {
                read(&mut content, piece, "frames of rows")?;
                sum = crc32c::crc32c_append(sum, piece);
            }
        }
        let mut expected = [0; 4];
        read(reader, &mut expected, "checksum")?;
        let expected = u32::from_le_bytes(expected);
        if sum != expected {
            return Err(broken(format!("its content has checksum {sum:#010x}, expected {expected:#010x}")));
        }
        rings.len = rings.check().map_err(broken)?;
        Ok(replay)
    }
}

fn broken(reason: String) -> ReplayError {
    ReplayError::Snapshot { reason }
}

fn read(reader: &mut impl Read, bytes: &mut [u8], part: &str) -> Result<(), ReplayError> {
    reader.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => broken(format!("it ends within its {part}")),
        _ => ReplayError::Io(error),
    })
}

fn parse(header: &[u8; HEADER + 4]) -> Result<(Shape, usize, usize, u64), ReplayError> {
    let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let long = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().expect("eight bytes"));
    if &header[..8] != MAGIC {
        return Err(broken(format!("it starts with {:02x?}, expected {MAGIC:02x?}", &header[..8])));
    }
    if word(8) != VERSION {
        return Err(broken(format!("it is of version {}, expected {VERSION}", word(8))));
    }
    if crc32c::crc32c(&header[..HEADER]) != word(HEADER) {
        let sum = crc32c::crc32c(&header[..HEADER]);
        return Err(broken(format!("its header has checksum {sum:#010x}, expected {:#010x}", word(HEADER))));
    }
    if header[12..16] != ORDER.to_ne_bytes() {
        return Err(broken("it was written on a machine of the other byte order".to_owned()));
    }
    let size = |at: usize, what: &str, least: u64| match long(at) {
        size if (least..1 << 30).contains(&size) => Ok(size as usize),
        size => Err(broken(format!("its {what} is {size}, expected {least} to 2^30"))),
    };
    let shape = Shape {
        observation: size(16, "observation", 1)?,
        action: size(24, "action", 1)?,
        task: size(32, "task", 0)?,
        frame: size(40, "frame", 0)?,
    };
    Ok((shape, size(48, "number of lanes", 1)?, size(56, "number of rows", 2)?, long(64)))
}
