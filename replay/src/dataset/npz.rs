//! Archives of NumPy arrays: zip files of `npy` files, compressed or not.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use zip::read::ZipFile;
use zip::result::{ZipError, ZipResult};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::error::{at, unreadable};
use super::npy::{Failure, Header, READABLE};
use super::{DatasetError, Rows};

/// Bytes of an array from which on zip needs its 64-bit form; a little below its limit of 2^32.
const LARGE: usize = 0xf000_0000;

/// Whether the arrays of an archive are compressed. Readers take both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// As they are: fast.
    Stored,
    /// By deflate, as `numpy.savez_compressed` does.
    #[default]
    Deflate,
}

/// An open archive.
pub(crate) struct Npz {
    path: PathBuf,
    /// The names of its arrays, sorted.
    names: Vec<String>,
    archive: ZipArchive<BufReader<File>>,
}

impl Npz {
    pub(crate) fn open(path: &Path) -> Result<Self, DatasetError> {
        let file = File::open(path).map_err(at(path))?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| refused(path, error))?;
        let names = archive.file_names().collect::<ZipResult<Vec<_>>>().map_err(|error| refused(path, error))?;
        let mut names: Vec<String> =
            names.iter().filter_map(|name| name.strip_suffix(".npy")).map(str::to_owned).collect();
        names.sort_unstable();
        Ok(Self { path: path.to_path_buf(), names, archive })
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Reads an array with one number per row; `rows` is how many there must be, if that is known.
    pub(crate) fn numbers(&mut self, array: &str, rows: Option<usize>) -> Result<Vec<f32>, DatasetError> {
        let found = self.rows(array, rows)?;
        match found.width {
            1 => Ok(found.values),
            width => {
                let got = format!("({}, {width})", found.values.len() / width);
                Err(self.shape(array, got, "one number per row".to_owned()))
            }
        }
    }

    /// Reads an array of zeros and ones, one per row.
    pub(crate) fn flags(&mut self, array: &str, rows: Option<usize>) -> Result<Vec<bool>, DatasetError> {
        let numbers = self.numbers(array, rows)?;
        match numbers.iter().position(|&number| number != 0.0 && number != 1.0) {
            None => Ok(numbers.iter().map(|&number| number == 1.0).collect()),
            Some(index) => Err(self.value(array, index, numbers[index].to_string(), "0 or 1")),
        }
    }

    /// Reads an array of one or two axes, of which the first counts rows.
    pub(crate) fn rows(&mut self, array: &str, rows: Option<usize>) -> Result<Rows, DatasetError> {
        let (header, values) = self.array(array)?;
        let expected = || rows.map_or_else(|| "rows".to_owned(), |rows| rows.to_string());
        let width = match header.shape[..] {
            [first] if rows.is_none_or(|rows| rows == first) => 1,
            [first, width] if width > 0 && rows.is_none_or(|rows| rows == first) => width,
            _ => {
                let axes = header.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
                let expected = format!("({0},) or ({0}, n)", expected());
                return Err(self.shape(array, format!("({axes})"), expected));
            }
        };
        Ok(Rows { width, values })
    }

    fn array(&mut self, array: &str) -> Result<(Header, Vec<f32>), DatasetError> {
        if !self.names.iter().any(|name| name == array) {
            let found = if self.names.is_empty() { "none".to_owned() } else { self.names.join(", ") };
            return Err(DatasetError::Missing { path: self.path.clone(), array: array.to_owned(), found });
        }
        let (path, archive) = (&self.path, &mut self.archive);
        let mut entry = archive.by_name(&format!("{array}.npy")).map_err(|error| refused(path, error))?;
        let mut dtype = String::new();
        read(&mut entry, &mut dtype).map_err(|failure| match failure {
            // The decompressor and the checksum speak of damage as errors of these kinds.
            Failure::Io(error) if error.raw_os_error().is_some() => at(path)(error),
            Failure::Io(error) => unreadable(path, format!("array `{array}`: {error}")),
            Failure::Format(reason) => unreadable(path, format!("array `{array}`: {reason}")),
            Failure::Dtype => {
                DatasetError::Dtype { path: path.clone(), array: array.to_owned(), got: dtype, expected: READABLE }
            }
            Failure::Range(index, number) => DatasetError::Value {
                path: path.clone(),
                array: array.to_owned(),
                index,
                got: number.to_string(),
                expected: "a number in the range of float32",
            },
        })
    }

    pub(crate) fn value(&self, array: &str, index: usize, got: String, expected: &'static str) -> DatasetError {
        DatasetError::Value { path: self.path.clone(), array: array.to_owned(), index, got, expected }
    }

    pub(crate) fn shape(&self, array: &str, got: String, expected: String) -> DatasetError {
        DatasetError::Shape { path: self.path.clone(), array: array.to_owned(), got, expected }
    }
}

/// Reads an array to the end of its entry, where the checksum is compared. `dtype` keeps its type for messages.
fn read(entry: &mut ZipFile<'_, impl Read + Seek>, dtype: &mut String) -> Result<(Header, Vec<f32>), Failure> {
    let size = entry.size();
    let (header, before) = Header::read(entry)?;
    dtype.clone_from(&header.dtype);
    let item = header.item().ok_or(Failure::Dtype)?;
    let bytes = header.count().map(|count| (count * item) as u64);
    if bytes != size.checked_sub(before) {
        let got = size.saturating_sub(before);
        let reason = format!("it has {got} bytes of numbers, not those of shape {:?}", header.shape);
        return Err(Failure::Format(reason));
    }
    let values = header.numbers(entry)?;
    match entry.read(&mut [0])? {
        0 => Ok((header, values)),
        _ => Err(Failure::Format("it goes on after its end".to_owned())),
    }
}

fn refused(path: &Path, error: ZipError) -> DatasetError {
    match error {
        ZipError::Io(error) if error.raw_os_error().is_some() => at(path)(error),
        error => unreadable(path, error),
    }
}

/// An archive that is being written: under another name, so that it is whole or absent.
pub(crate) struct NpzWriter {
    path: PathBuf,
    temporary: PathBuf,
    /// None once finished.
    zip: Option<ZipWriter<BufWriter<File>>>,
    options: SimpleFileOptions,
}

impl NpzWriter {
    pub(crate) fn create(path: &Path, compression: Compression) -> Result<Self, DatasetError> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".tmp");
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary).map_err(at(path))?;
        let method = match compression {
            Compression::Stored => CompressionMethod::Stored,
            Compression::Deflate => CompressionMethod::Deflated,
        };
        // With the earliest time that zip can write, so that equal data gives equal bytes.
        let options = SimpleFileOptions::default()
            .last_modified_time(zip::DateTime::default())
            .compression_method(method)
            .unix_permissions(0o644);
        Ok(Self { path: path.to_path_buf(), temporary, zip: Some(ZipWriter::new(BufWriter::new(file))), options })
    }

    pub(crate) fn numbers(&mut self, array: &str, shape: &[usize], values: &[f32]) -> Result<(), DatasetError> {
        let dtype = if cfg!(target_endian = "big") { ">f4" } else { "<f4" };
        self.array(array, dtype, shape, bytemuck::cast_slice(values))
    }

    /// `[rows, width]`.
    pub(crate) fn rows(&mut self, array: &str, rows: &Rows) -> Result<(), DatasetError> {
        self.numbers(array, &[rows.values.len() / rows.width, rows.width], &rows.values)
    }

    pub(crate) fn flags(&mut self, array: &str, flags: &[bool]) -> Result<(), DatasetError> {
        self.array(array, "|b1", &[flags.len()], bytemuck::cast_slice(flags))
    }

    /// Bytes `[rows, ..]` in pieces of `piece` rows (the last one perhaps less), which `fill` is asked for in order: it
    /// gets the rows of a piece and their bytes.
    pub(crate) fn pieces<E: From<DatasetError>>(
        &mut self,
        array: &str,
        shape: &[usize],
        piece: usize,
        mut fill: impl FnMut(Range<usize>, &mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (rows, row) = (shape[0], shape[1..].iter().product::<usize>());
        self.start(array, "|u1", shape, rows * row)?;
        let mut bytes = vec![0; piece.min(rows) * row];
        for first in (0..rows).step_by(piece) {
            let rows = first..rows.min(first + piece);
            let bytes = &mut bytes[..rows.len() * row];
            fill(rows, bytes)?;
            self.zip().write_all(bytes).map_err(at(&self.path))?;
        }
        Ok(())
    }

    fn array(&mut self, array: &str, dtype: &str, shape: &[usize], bytes: &[u8]) -> Result<(), DatasetError> {
        self.start(array, dtype, shape, bytes.len())?;
        self.zip().write_all(bytes).map_err(at(&self.path))
    }

    /// Begins an array of `length` bytes.
    fn start(&mut self, array: &str, dtype: &str, shape: &[usize], length: usize) -> Result<(), DatasetError> {
        let options = self.options.large_file(length >= LARGE);
        let write = |zip: &mut ZipWriter<BufWriter<File>>| -> ZipResult<()> {
            zip.start_file(format!("{array}.npy"), options)?;
            Ok(zip.write_all(&Header::write(dtype, shape))?)
        };
        write(self.zip()).map_err(|error| at(&self.path)(error.into()))
    }

    fn zip(&mut self) -> &mut ZipWriter<BufWriter<File>> {
        self.zip.as_mut().expect("nothing is written once it is finished")
    }

    /// Completes the archive and gives it its name.
    pub(crate) fn finish(mut self) -> Result<(), DatasetError> {
        let zip = self.zip.take().expect("it is finished once");
        let complete = || {
            let mut writer = zip.finish()?;
            writer.flush()?;
            writer.get_ref().sync_all()?;
            drop(writer);
            fs::rename(&self.temporary, &self.path)
        };
        let result = complete().map_err(at(&self.path));
        if result.is_err() {
            // Room for the user; the error that matters is the first.
            let _ = fs::remove_file(&self.temporary);
        }
        result
    }
}

impl Drop for NpzWriter {
    fn drop(&mut self) {
        if self.zip.take().is_some() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
