//! PNG files of a folder as frames.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use freeroam_objectives::vision::{Instant, Meta, Pool};
use freeroam_trainer::TrainerError;

/// The PNG files of a folder and of the folders in it, in the order of their names, as an episode each; the folders in
/// it are classes, which only evaluation reads. A file is cut to the largest square in its middle and shrunk or
/// stretched to `edge` pixels, each the mean of what it covers.
///
/// # Errors
/// [`TrainerError::Usage`] naming the folder or file: when there is none, when it is no PNG file, when it has no
/// pixels.
pub fn read_folder(root: &Path, edge: usize) -> Result<Pool, TrainerError> {
    let mut files: Vec<(usize, PathBuf)> = pngs(root)?.into_iter().map(|path| (0, path)).collect();
    for (class, folder) in entries(root)?.into_iter().filter(|path| path.is_dir()).enumerate() {
        files.extend(pngs(&folder)?.into_iter().map(|path| (class, path)));
    }
    if files.is_empty() {
        return Err(TrainerError::Usage(format!(
            "folder `{}` has no PNG files (names that end in .png)",
            root.display()
        )));
    }
    let mut pool = Pool::new([edge; 2]);
    for (episode, (room, path)) in files.into_iter().enumerate() {
        let rgb = read_picture(&path, edge)?;
        let instant = Instant { episode: episode as u64, step: 0 };
        pool.push(&rgb, instant, Meta { room, ..Meta::default() });
    }
    Ok(pool)
}

/// What is in a folder, by name.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, TrainerError> {
    let bad = |error: std::io::Error| TrainerError::Usage(format!("folder `{}`: {error}", dir.display()));
    let paths = std::fs::read_dir(dir).map_err(bad)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>().map_err(bad)?;
    paths.sort();
    Ok(paths)
}

fn pngs(dir: &Path) -> Result<Vec<PathBuf>, TrainerError> {
    let is_png = |path: &PathBuf| path.is_file() && path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png"));
    Ok(entries(dir)?.into_iter().filter(is_png).collect())
}

/// A PNG file as bytes `[edge, edge, 3]`: the largest square in its middle, shrunk or stretched.
///
/// # Errors
/// [`TrainerError::Usage`] naming the file: when there is none, when it is no PNG file.
pub fn read_picture(path: &Path, edge: usize) -> Result<Vec<u8>, TrainerError> {
    let bad = |reason: String| TrainerError::Usage(format!("picture `{}`: {reason}", path.display()));
    let file = File::open(path).map_err(|error| bad(error.to_string()))?;
    let mut decoder = png::Decoder::new(BufReader::new(file));
    // Palettes and few bits become bytes, 16 bits too.
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| bad(format!("it is no PNG file: {error}")))?;
    let size = reader.output_buffer_size().ok_or_else(|| bad("it is too large".into()))?;
    let mut bytes = vec![0; size];
    let info = reader.next_frame(&mut bytes).map_err(|error| bad(error.to_string()))?;
    let channels = info.color_type.samples();
    let size = [info.height as usize, info.width as usize];
    // Grey with or without opacity has the same value three times; opacity is left out.
    let at = |y: usize, x: usize, channel: usize| {
        let pixel = (y * size[1] + x) * channels;
        f64::from(bytes[pixel + if channels < 3 { 0 } else { channel }])
    };
    let side = size[0].min(size[1]);
    let first = size.map(|length| (length - side) / 2);
    let mut rgb = Vec::with_capacity(3 * edge * edge);
    for row in 0..edge {
        for column in 0..edge {
            let [rows, columns] = [row, column].map(|at| covered(at, edge, side));
            for channel in 0..3 {
                let mut sum = 0.0;
                for &(y, down) in &rows {
                    for &(x, across) in &columns {
                        sum += down * across * at(first[0] + y, first[1] + x, channel);
                    }
                }
                rgb.push(sum.round().clamp(0.0, 255.0) as u8);
            }
        }
    }
    Ok(rgb)
}

/// The pixels of `side` that pixel `at` of `edge` covers, each with its share.
fn covered(at: usize, edge: usize, side: usize) -> Vec<(usize, f64)> {
    let scale = side as f64 / edge as f64;
    let (low, high) = (at as f64 * scale, (at + 1) as f64 * scale);
    let pixels = low.floor() as usize..(high.ceil() as usize).min(side);
    pixels.map(|pixel| (pixel, (high.min(pixel as f64 + 1.0) - low.max(pixel as f64)) / scale)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, [height, width]: [u32; 2], colour: png::ColorType, bytes: &[u8]) {
        let mut encoder = png::Encoder::new(File::create(path).expect("writable"), width, height);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(bytes).expect("pixels");
    }

    #[test]
    fn files_become_squares_of_one_size_and_folders_classes() {
        let dir = tempfile::tempdir().expect("temporary folder");
        for class in ["a", "b"] {
            std::fs::create_dir(dir.path().join(class)).expect("writable");
        }
        // Columns 1 and 2 of four are the middle; each pixel of two by two stays as it is.
        let row = [9, 9, 9, 255, 0, 0, 0, 255, 0, 9, 9, 9];
        write(&dir.path().join("a/wide.png"), [2, 4], png::ColorType::Rgb, &[row, row].concat());
        write(&dir.path().join("b/grey.png"), [4, 4], png::ColorType::Grayscale, &[100; 16]);
        let pool = read_folder(dir.path(), 2).expect("two files");
        assert_eq!((pool.len(), pool.meta[0].room, pool.meta[1].room), (2, 0, 1));
        assert_eq!(pool.frame(0), [255, 0, 0, 0, 255, 0, 255, 0, 0, 0, 255, 0]);
        assert_eq!(pool.frame(1), [100; 12]);
    }

    #[test]
    fn mistakes_are_named() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let error = |path: &Path| read_folder(path, 8).expect_err("refused").to_string();
        assert!(error(dir.path()).contains("has no PNG files"), "{}", error(dir.path()));
        assert!(error(&dir.path().join("none")).contains("none"), "{}", error(&dir.path().join("none")));
        std::fs::write(dir.path().join("text.png"), "not a picture").expect("writable");
        let text = error(dir.path());
        assert!(text.contains("text.png") && text.contains("no PNG file"), "{text}");
    }
}
