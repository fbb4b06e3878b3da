//! Arrays in NumPy's `npy` format, versions 1 to 3: a magic string, a header that is a Python dictionary, the numbers.

use std::io::{self, Read};

/// Bytes read at once; a multiple of every size of a number.
const CHUNK: usize = 1 << 16;
/// The types of numbers that can be read, for messages.
pub(crate) const READABLE: &str = "bool, an integer type, float32 or float64";

/// What the header of an array says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    /// The type of its numbers as NumPy writes it, e.g. `<f4`.
    pub(crate) dtype: String,
    /// Whether its first axis varies fastest.
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
}

/// A failure to read an array.
#[derive(Debug)]
pub(crate) enum Failure {
    Io(io::Error),
    /// The file is not as the format wants it.
    Format(String),
    /// The type of the numbers is none of [`READABLE`].
    Dtype,
    /// The number at this position is finite and beyond the range of float32.
    Range(usize, f64),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Format("it ends too early".to_owned()),
            _ => Self::Io(error),
        }
    }
}

impl Header {
    /// Reads what comes before the numbers; also the number of bytes that this took.
    pub(crate) fn read(reader: &mut impl Read) -> Result<(Self, u64), Failure> {
        let mut start = [0; 10];
        reader.read_exact(&mut start)?;
        if &start[..6] != b"\x93NUMPY" {
            return Err(Failure::Format(format!("it starts with {:02x?}, expected \"\\x93NUMPY\"", &start[..6])));
        }
        let (length, before) = match start[6] {
            1 => (u32::from(u16::from_le_bytes([start[8], start[9]])), 10),
            2 | 3 => {
                let mut rest = [0; 2];
                reader.read_exact(&mut rest)?;
                (u32::from_le_bytes([start[8], start[9], rest[0], rest[1]]), 12)
            }
            other => return Err(Failure::Format(format!("its format has version {other}, expected 1 to 3"))),
        };
        // NumPy refuses longer headers too.
        if length > 10_000 {
            return Err(Failure::Format(format!("its header has {length} bytes, expected at most 10000")));
        }
        let mut text = vec![0; length as usize];
        reader.read_exact(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        let header = parse(&text).ok_or_else(|| Failure::Format(format!("its header is `{}`", text.trim_end())))?;
        Ok((header, before + u64::from(length)))
    }

    /// The bytes before the numbers of an array in C order.
    pub(crate) fn write(dtype: &str, shape: &[usize]) -> Vec<u8> {
        let axes: String = match shape {
            [only] => format!("{only},"),
            many => many.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
        };
        let mut text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({axes}), }}");
        // The numbers start at a multiple of 64 bytes, after a line break.
        let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
        text.push_str(&" ".repeat(length - text.len() - 1));
        text.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&(length as u16).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    /// Bytes of a number; `None` if numbers of this type cannot be read.
    pub(crate) fn item(&self) -> Option<usize> {
        let (_, kind) = self.dtype.split_at_checked(1)?;
        match kind {
            "b1" | "i1" | "u1" => Some(1),
            "i2" | "u2" => Some(2),
            "i4" | "u4" | "f4" => Some(4),
            "i8" | "u8" | "f8" => Some(8),
            _ => None,
        }
    }

    /// How many numbers the array has; `None` if they do not fit in memory.
    pub(crate) fn count(&self) -> Option<usize> {
        let count = self.shape.iter().try_fold(1_usize, |count, axis| count.checked_mul(*axis))?;
        count.checked_mul(8).map(|_| count)
    }

    /// Reads the numbers, in C order. float32 keeps its bits, others are rounded to the nearest float32.
    pub(crate) fn numbers(&self, reader: &mut impl Read) -> Result<Vec<f32>, Failure> {
        let item = self.item().ok_or(Failure::Dtype)?;
        let mut left = self.count().ok_or_else(|| Failure::Format("it is too large for memory".to_owned()))?;
        let mut buffer = vec![0; CHUNK];
        // Grows as bytes arrive: a damaged header must not reserve memory.
        let mut values = Vec::new();
        while left > 0 {
            let bytes = &mut buffer[..CHUNK.min(left * item)];
            reader.read_exact(bytes)?;
            if self.dtype.starts_with('>') {
                bytes.chunks_exact_mut(item).for_each(<[u8]>::reverse);
            }
            self.decode(bytes, &mut values)?;
            left -= bytes.len() / item;
        }
        Ok(if self.fortran { transposed(&values, &self.shape) } else { values })
    }

    fn decode(&self, bytes: &[u8], values: &mut Vec<f32>) -> Result<(), Failure> {
        match &self.dtype[1..] {
            "f4" => values.extend(items(bytes).map(f32::from_le_bytes)),
            "f8" => {
                for number in items(bytes).map(f64::from_le_bytes) {
                    let rounded = number as f32;
                    if rounded.is_infinite() && number.is_finite() {
                        return Err(Failure::Range(values.len(), number));
                    }
                    values.push(rounded);
                }
            }
            "b1" | "u1" => values.extend(bytes.iter().map(|&byte| f32::from(byte))),
            "i1" => values.extend(items(bytes).map(|item| f32::from(i8::from_le_bytes(item)))),
            "i2" => values.extend(items(bytes).map(|item| f32::from(i16::from_le_bytes(item)))),
            "u2" => values.extend(items(bytes).map(|item| f32::from(u16::from_le_bytes(item)))),
            "i4" => values.extend(items(bytes).map(|item| i32::from_le_bytes(item) as f32)),
            "u4" => values.extend(items(bytes).map(|item| u32::from_le_bytes(item) as f32)),
            "i8" => values.extend(items(bytes).map(|item| i64::from_le_bytes(item) as f32)),
            "u8" => values.extend(items(bytes).map(|item| u64::from_le_bytes(item) as f32)),
            _ => return Err(Failure::Dtype),
        }
        Ok(())
    }
}

fn items<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.chunks_exact(N).map(|item| item.try_into().expect("chunks have this length"))
}

/// From Fortran's order to C's.
fn transposed(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for axis in shape {
        strides.push(stride);
        stride *= axis;
    }
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    let mut out = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        out.push(values[at]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            at += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    out
}

/// Reads a dictionary with the three keys, in any order.
fn parse(text: &str) -> Option<Header> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let (mut dtype, mut fortran, mut shape) = (None, None, None);
    while !rest.is_empty() {
        let (key, after) = string(rest)?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        let after = match key {
            "descr" => {
                let (value, after) = string(value)?;
                dtype = Some(value.to_owned());
                after
            }
            "fortran_order" => {
                fortran = Some(value.starts_with("True"));
                value.strip_prefix("True").or_else(|| value.strip_prefix("False"))?
            }
            "shape" => {
                let (axes, after) = value.strip_prefix('(')?.split_once(')')?;
                let axes = axes.split(',').map(str::trim).filter(|axis| !axis.is_empty());
                shape = Some(axes.map(|axis| axis.parse().ok()).collect::<Option<Vec<usize>>>()?);
                after
            }
            _ => return None,
        };
        let after = after.trim_start();
        rest = if after.is_empty() { after } else { after.strip_prefix(',')?.trim_start() };
    }
    Some(Header { dtype: dtype?, fortran: fortran?, shape: shape? })
}

/// A string in quotes, and what follows it.
fn string(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    text[1..].split_once(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dtype: &str, bytes: &[u8]) -> Result<Vec<f32>, Failure> {
        let item = Header { dtype: dtype.to_owned(), fortran: false, shape: vec![] }.item().unwrap_or(1);
        let file = [&Header::write(dtype, &[bytes.len() / item]), bytes].concat();
        let mut reader = &file[..];
        let (header, length) = Header::read(&mut reader)?;
        assert_eq!((length % 64, header.dtype.as_str()), (0, dtype));
        header.numbers(&mut reader)
    }

    #[test]
    fn every_type_of_number_is_read() {
        assert_eq!(read("|b1", &[0, 1]).expect("bool"), [0.0, 1.0]);
        assert_eq!(read("|i1", &[0xff]).expect("int8"), [-1.0]);
        assert_eq!(read(">u2", &[1, 2]).expect("uint16"), [258.0]);
        assert_eq!(read("<i8", &(-3_i64).to_le_bytes()).expect("int64"), [-3.0]);
        assert_eq!(read(">f8", &0.1_f64.to_be_bytes()).expect("float64"), [0.1]);
        let bits = 0x7fa0_1234_u32;
        let signalling = read("<f4", &bits.to_le_bytes()).expect("float32");
        assert_eq!(signalling[0].to_bits(), bits);
        assert!(matches!(read("<f8", &1e300_f64.to_le_bytes()), Err(Failure::Range(0, 1e300))));
        assert!(matches!(read("<c8", &[0; 8]), Err(Failure::Dtype)));
    }

    #[test]
    fn headers_as_others_write_them() {
        let header = parse("{\"shape\": (3,), 'fortran_order':True , \"descr\": '<f4'}\n").expect("is one");
        assert_eq!(header, Header { dtype: "<f4".to_owned(), fortran: true, shape: vec![3] });
        assert_eq!(parse("{'descr': '|b1', 'fortran_order': False, 'shape': (), }").expect("a scalar").shape, [0; 0]);
        for broken in ["", "{}", "{'descr': '<f4'", "{'descr': '<f4', 'fortran_order': 1, 'shape': (3,)}"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn the_first_axis_may_vary_fastest() {
        assert_eq!(transposed(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0], &[2, 3]), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(transposed(&[], &[0, 3]), [] as [f32; 0]);
    }
}
