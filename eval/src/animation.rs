//! Animations of skills seen from above.

use std::collections::BTreeMap;

use freeroam_envs::maze::{Block, Layout};

use crate::figures::{Rgb, Trajectory, Window};
use crate::{EvalError, Pixmap};

/// How an animation looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Longer side of the picture, pixels.
    pub side: usize,
    /// Seconds that the rollouts take; the last frame stays a second longer.
    pub seconds: f64,
    /// Frames per second.
    pub rate: f64,
    /// Radius of a body, metres; drawn no smaller than three pixels.
    pub body: f64,
    /// Whether a body shows the direction in which it moves.
    pub heading: bool,
    /// Seconds that a trail takes to fade away; what is older stays as a faint line.
    pub fade: f64,
}

impl Default for Look {
    fn default() -> Self {
        Self { side: 400, seconds: 5.0, rate: 16.0, body: 0.4, heading: true, fade: 0.8 }
    }
}

/// Draws all `trajectories` at once, moving at one pace on the plane or in the maze `layout`, as an endless GIF file.
///
/// Rollouts that end early stay where they ended.
///
/// # Errors
/// [`EvalError::Empty`] if there is nothing to draw, [`EvalError::Figure`] if the settings of `look` are not positive
/// numbers or encoding fails.
pub fn animation(layout: Option<&Layout>, trajectories: &[Trajectory], look: Look) -> Result<Vec<u8>, EvalError> {
    let failed = |reason: String| EvalError::Figure { name: "animation".into(), reason };
    let steps = trajectories.iter().map(|trajectory| trajectory.xy.len()).max().unwrap_or(0);
    if steps == 0 {
        return Err(EvalError::Empty { what: "animation".into(), expected: "one position".into() });
    }
    let positive =
        [look.seconds, look.rate, look.body, look.fade].iter().all(|value| value.is_finite() && *value > 0.0);
    if !positive || !(16..=4096).contains(&look.side) {
        return Err(failed(format!("{look:?} has a value that is not positive, or a side outside 16..=4096")));
    }
    let scene = Scene::new(layout, trajectories, look);
    let palette = Palette::of(trajectories);
    let frames = ((look.seconds * look.rate).round() as usize).clamp(2, 1000);
    let delay = (100.0 / look.rate).round().clamp(2.0, 1000.0) as u16;

    let mut file = Vec::new();
    {
        let (width, height) = (scene.width as u16, scene.height as u16);
        let mut encoder =
            gif::Encoder::new(&mut file, width, height, &palette.rgb).map_err(|error| failed(error.to_string()))?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(|error| failed(error.to_string()))?;
        let mut background = scene.ground();
        let mut shown: Option<Vec<u8>> = None;
        let mut drawn = 0;
        for index in 0..frames {
            let now = (steps - 1) as f64 * index as f64 / (frames - 1) as f64;
            scene.leave_traces(&mut background, drawn, now as usize);
            drawn = now as usize;
            let picture = scene.frame(&background, now, (steps - 1) as f64 / look.seconds).shrunk(OVER);
            let pixels = palette.indices(&picture);
            let mut frame = changed(shown.as_deref(), &pixels, scene.width, scene.height);
            frame.delay = if index + 1 == frames { delay + 100 } else { delay };
            encoder.write_frame(&frame).map_err(|error| failed(error.to_string()))?;
            shown = Some(pixels);
        }
    }
    Ok(file)
}

/// Pictures are drawn this many times larger and averaged down.
const OVER: usize = 2;
const GROUND: Rgb = [255; 3];
const WALL: Rgb = [190, 190, 190];
/// How strong the part of a trail is that does not fade.
const TRACE: f64 = 0.28;

/// What is drawn, and at which scale.
struct Scene<'a> {
    layout: Option<&'a Layout>,
    trajectories: &'a [Trajectory],
    look: Look,
    window: Window,
    width: usize,
    height: usize,
    /// Pixels of the large picture per metre.
    scale: f64,
}

impl<'a> Scene<'a> {
    fn new(layout: Option<&'a Layout>, trajectories: &'a [Trajectory], look: Look) -> Self {
        let window = Window::around(layout, trajectories.iter().flat_map(|trajectory| &trajectory.xy));
        let [width, height] = window.extent();
        let scale = look.side as f64 / width.max(height);
        let pixels = |extent: f64| ((extent * scale).round() as usize).max(1);
        let (width, height) = (pixels(width), pixels(height));
        Self { layout, trajectories, look, window, width, height, scale: scale * OVER as f64 }
    }

    /// The pixel of a position; y points up.
    fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [(x - self.window.x.start) * self.scale, (self.window.y.end - y) * self.scale]
    }

    fn ground(&self) -> Pixmap {
        let mut picture = Pixmap::filled(self.width * OVER, self.height * OVER, GROUND);
        for Block { centre: [x, y], half: [width, height] } in self.layout.map(Layout::walls).unwrap_or_default() {
            picture.rectangle(self.at([x - width, y + height]), self.at([x + width, y - height]), WALL);
        }
        picture
    }

    /// Draws the faint lines between steps `from` and `to` into the background, where they stay.
    fn leave_traces(&self, background: &mut Pixmap, from: usize, to: usize) {
        for trajectory in self.trajectories {
            let last = trajectory.xy.len().saturating_sub(1);
            let line = part(trajectory, from.min(last), to.min(last)).map(|point| self.at(point)).collect::<Vec<_>>();
            if to > from && line.len() > 1 {
                background.stroke(&line, 0.9 * OVER as f64, faint(trajectory.skill.colour()), 1.0);
            }
        }
    }

    /// The picture at step `now`; rollouts make `pace` steps per second.
    fn frame(&self, background: &Pixmap, now: f64, pace: f64) -> Pixmap {
        const PIECES: usize = 4;
        let mut picture = background.clone();
        for trajectory in self.trajectories.iter().filter(|trajectory| !trajectory.xy.is_empty()) {
            let colour = trajectory.skill.colour();
            // The trail in pieces, the newer the stronger.
            for piece in 0..PIECES {
                let age = |pieces: usize| now - self.look.fade * pace * (1.0 - pieces as f64 / PIECES as f64);
                let (from, to) = (age(piece).max(0.0), age(piece + 1).max(0.0));
                let middle = part(trajectory, from.ceil() as usize, to.floor() as usize);
                let ends = [position(trajectory, from), position(trajectory, to)];
                let line: Vec<_> =
                    std::iter::once(ends[0]).chain(middle).chain([ends[1]]).map(|xy| self.at(xy)).collect();
                let alpha = 0.2 + 0.7 * (piece + 1) as f64 / PIECES as f64;
                picture.stroke(&line, 1.8 * OVER as f64, colour, alpha);
            }
        }
        for trajectory in self.trajectories.iter().filter(|trajectory| !trajectory.xy.is_empty()) {
            self.draw_body(&mut picture, trajectory, now);
        }
        picture
    }

    fn draw_body(&self, picture: &mut Pixmap, trajectory: &Trajectory, now: f64) {
        let centre = self.at(position(trajectory, now));
        let radius = (self.look.body * self.scale).max(3.0 * OVER as f64);
        picture.disc(centre, radius + 0.6 * OVER as f64, GROUND, 1.0);
        picture.disc(centre, radius, trajectory.skill.colour(), 1.0);
        let last = (trajectory.xy.len() - 1) as f64;
        let ahead = now.min(last);
        let (from, to) = (position(trajectory, (ahead - 1.0).max(0.0)), position(trajectory, ahead.max(1.0)));
        let way = [to[0] - from[0], from[1] - to[1]];
        let length = way[0].hypot(way[1]);
        if self.look.heading && length > 1e-9 {
            let nose = [0, 1].map(|axis| centre[axis] + 0.62 * radius * way[axis] / length);
            picture.disc(nose, 0.3 * radius, GROUND, 1.0);
        }
    }
}

/// Where a rollout is at step `now`, between steps on the straight line.
fn position(trajectory: &Trajectory, now: f64) -> [f64; 2] {
    let last = trajectory.xy.len() - 1;
    let below = (now.max(0.0) as usize).min(last);
    let (from, to) = (trajectory.xy[below], trajectory.xy[(below + 1).min(last)]);
    let share = (now - below as f64).clamp(0.0, 1.0);
    [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * share)
}

/// Positions of the steps `from..=to`, as far as there are any.
fn part(trajectory: &Trajectory, from: usize, to: usize) -> impl Iterator<Item = [f64; 2]> {
    let end = trajectory.xy.len();
    trajectory.xy[from.min(end)..(to + 1).clamp(from.min(end), end)].iter().copied()
}

fn faint(colour: Rgb) -> Rgb {
    [0, 1, 2].map(|channel| mixed(GROUND[channel], colour[channel], TRACE))
}

fn mixed(from: u8, to: u8, share: f64) -> u8 {
    (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8
}

/// At most 256 colours for all frames: every skill's colour on its way to the ground, and the greys of the walls.
struct Palette {
    rgb: Vec<u8>,
    /// The nearest colour of every colour with five bits per channel.
    nearest: Vec<u8>,
}

impl Palette {
    fn of(trajectories: &[Trajectory]) -> Self {
        let mut colours: BTreeMap<Rgb, ()> = BTreeMap::new();
        for trajectory in trajectories {
            colours.insert(trajectory.skill.colour(), ());
        }
        let skills: Vec<Rgb> = colours.into_keys().collect();
        // Many skills share fewer colours: 27 of them with 8 shades each leave room for the greys.
        let stride = skills.len().div_ceil(27).max(1);
        let mut rgb: Vec<u8> = Vec::new();
        rgb.extend(GROUND);
        for colour in skills.iter().step_by(stride) {
            for shade in 1..=8 {
                rgb.extend([0, 1, 2].map(|channel| mixed(GROUND[channel], colour[channel], f64::from(shade) / 8.0)));
            }
        }
        for grey in 1..=8 {
            rgb.extend([0, 1, 2].map(|channel| mixed(GROUND[channel], WALL[channel], f64::from(grey) / 8.0)));
        }
        let entry = |key: usize| {
            let colour = [key >> 10, key >> 5, key].map(|bits| ((bits & 31) * 255 / 31) as i32);
            let far = |index: &usize| {
                (0..3).map(|channel| (colour[channel] - i32::from(rgb[3 * index + channel])).pow(2)).sum::<i32>()
            };
            (0..rgb.len() / 3).min_by_key(far).unwrap_or(0) as u8
        };
        let nearest = (0..1 << 15).map(entry).collect();
        Self { rgb, nearest }
    }

    fn indices(&self, picture: &Pixmap) -> Vec<u8> {
        let key = |pixel: &[u8]| pixel.iter().fold(0, |key, byte| (key << 5) | ((usize::from(*byte) * 31 + 127) / 255));
        picture.rgb().chunks_exact(3).map(|pixel| self.nearest[key(pixel)]).collect()
    }
}

/// The rectangle of `pixels` that differs from what is `shown`, with unchanged pixels transparent; the whole first frame.
fn changed(shown: Option<&[u8]>, pixels: &[u8], width: usize, height: usize) -> gif::Frame<'static> {
    // No palette uses the last index: it has at most 1 + 27 * 8 + 8 colours.
    const SAME: u8 = 255;
    let is_new = |at: usize| shown.is_none_or(|shown| shown[at] != pixels[at]);
    let mut columns = (0..width).filter(|x| (0..height).any(|y| is_new(y * width + x)));
    let left = columns.next().unwrap_or(0);
    let right = columns.next_back().unwrap_or(left);
    let mut rows = (0..height).filter(|y| (left..=right).any(|x| is_new(y * width + x)));
    let top = rows.next().unwrap_or(0);
    let bottom = rows.next_back().unwrap_or(top);
    let mut buffer = Vec::with_capacity((right - left + 1) * (bottom - top + 1));
    for y in top..=bottom {
        buffer.extend((left..=right).map(|x| {
            let at = y * width + x;
            if is_new(at) { pixels[at] } else { SAME }
        }));
    }
    gif::Frame {
        left: left as u16,
        top: top as u16,
        width: (right - left + 1) as u16,
        height: (bottom - top + 1) as u16,
        transparent: shown.map(|_| SAME),
        dispose: gif::DisposalMethod::Keep,
        buffer: buffer.into(),
        ..gif::Frame::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Skill;

    fn straight(index: usize, count: usize, steps: usize) -> Trajectory {
        let angle = std::f64::consts::TAU * index as f64 / count as f64;
        let reach = |step: usize| 0.05 * step as f64;
        let xy = (0..steps).map(|step| [reach(step) * angle.cos(), reach(step) * angle.sin()]).collect();
        Trajectory { skill: Skill::Index { index, count }, xy }
    }

    #[test]
    fn an_animation_is_small_and_has_its_size() {
        let trajectories: Vec<_> = (0..48).map(|index| straight(index, 48, 200)).collect();
        let file = animation(None, &trajectories, Look::default()).expect("encodes");
        assert!(file.starts_with(b"GIF89a") && file.len() < 2_000_000, "{} bytes", file.len());
        let mut frames = gif::DecodeOptions::new().read_info(file.as_slice()).expect("a GIF");
        assert_eq!((frames.width(), frames.height()), (400, 400));
        let mut count = 0;
        while frames.read_next_frame().expect("a frame").is_some() {
            count += 1;
        }
        assert_eq!(count, 80);
    }

    #[test]
    fn short_and_single_rollouts_are_drawn() {
        let trajectories = [straight(0, 2, 1), straight(1, 2, 30), Trajectory { skill: Skill::Angle(0.0), xy: vec![] }];
        assert!(animation(Some(&Layout::umaze()), &trajectories, Look::default()).is_ok());
        assert!(animation(None, &trajectories[..1], Look::default()).is_ok());
    }

    #[test]
    fn nothing_and_nonsense_are_refused() {
        assert!(animation(None, &[], Look::default()).is_err());
        let look = Look { rate: f64::NAN, ..Look::default() };
        assert!(animation(None, &[straight(0, 1, 9)], look).is_err());
    }
}
