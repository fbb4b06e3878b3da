//! What frames show besides the place: colours, light, things that move, noise.
//!
//! ```text
//! per episode  colours  x <- A x,  A = 1 + theme * uniform(-1, 1) per entry, then each row scaled by itself to 1 + theme * u
//!              light    x <- x (1 + light * u) (1 + light * slope along a random direction)
//!              disc     of random colour, size and path, over everything
//! per frame    noise    x <- x + noise * normal, per pixel and channel
//! ```
//!
//! Clean frames of a maze identify their place almost uniquely, so that any feature tells it; these are what a
//! representation has to see through.

use freeroam_envs::Stream;
use serde::{Deserialize, Serialize};

/// Strengths of the nuisances; 0 turns each off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NuisanceConfig {
    /// How much each colour channel takes over from the others and gains or loses, a share.
    pub theme: f64,
    /// How much brighter or darker an episode is, and how much one side of the frame is than the other, a share.
    pub light: f64,
    /// Largest radius of the moving disc, a share of the frame's width.
    pub disc: f64,
    /// Standard deviation of the noise of the sensor, of 1 for white.
    pub noise: f64,
}

impl Default for NuisanceConfig {
    fn default() -> Self {
        Self { theme: 0.25, light: 0.3, disc: 0.15, noise: 0.04 }
    }
}

/// The nuisances of one episode.
#[derive(Clone, Debug)]
pub struct Nuisance {
    colours: [[f32; 3]; 3],
    brightness: f32,
    /// Change of the light across the frame, along x and y.
    slope: [f32; 2],
    disc: Disc,
    noise: f32,
}

/// Lengths are shares of the frame's width and height.
#[derive(Clone, Debug)]
struct Disc {
    radius: f32,
    colour: [f32; 3],
    from: [f32; 2],
    /// Per step.
    velocity: [f32; 2],
}

impl Nuisance {
    /// Those of a new episode.
    #[must_use]
    pub fn draw(config: &NuisanceConfig, stream: &mut Stream) -> Self {
        let mut around = |range: f64| stream.uniform(-range, range) as f32;
        let mut colours = [[0.0; 3]; 3];
        for (row, weights) in colours.iter_mut().enumerate() {
            for (column, weight) in weights.iter_mut().enumerate() {
                *weight = f32::from(row == column) + around(config.theme);
            }
            let sum: f32 = weights.iter().sum();
            let gain = (1.0 + around(config.theme)) / sum.max(0.1);
            weights.iter_mut().for_each(|weight| *weight *= gain);
        }
        let brightness = 1.0 + around(config.light);
        let slope = [around(config.light), around(config.light)];
        let disc = Disc {
            radius: (config.disc * stream.uniform(0.4, 1.0)) as f32,
            colour: [0; 3].map(|_| stream.uniform(0.0, 1.0) as f32),
            from: [0; 2].map(|_| stream.uniform(0.0, 1.0) as f32),
            velocity: [0; 2].map(|_| stream.uniform(-0.06, 0.06) as f32),
        };
        Self { colours, brightness, slope, disc, noise: config.noise as f32 }
    }

    /// Changes a frame, `[height, width, 3]`, taken at `step` of the episode. Noise comes from `stream`.
    pub fn apply(&self, rgb: &mut [u8], [height, width]: [usize; 2], step: u32, stream: &mut Stream) {
        let centre = [0, 1].map(|k| bounce(self.disc.from[k] + step as f32 * self.disc.velocity[k]));
        for y in 0..height {
            for x in 0..width {
                let place = [(x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32];
                let pixel = &mut rgb[3 * (y * width + x)..][..3];
                let colour = [pixel[0], pixel[1], pixel[2]].map(|value| f32::from(value) / 255.0);
                let tilt = self.slope[0] * (place[0] - 0.5) + self.slope[1] * (place[1] - 0.5);
                let light = self.brightness * (1.0 + 2.0 * tilt);
                let distance = (place[0] - centre[0]).hypot(place[1] - centre[1]);
                let over = ((self.disc.radius - distance) * width as f32 + 0.5).clamp(0.0, 1.0);
                let over = if self.disc.radius > 0.0 { over } else { 0.0 };
                for (channel, value) in pixel.iter_mut().enumerate() {
                    let weights = self.colours[channel];
                    let themed: f32 = weights.iter().zip(colour).map(|(weight, part)| weight * part).sum();
                    let seen = light * themed * (1.0 - over) + self.disc.colour[channel] * over;
                    let noisy = seen + self.noise * stream.normal() as f32;
                    *value = (noisy.clamp(0.0, 1.0) * 255.0).round() as u8;
                }
            }
        }
    }
}

/// A number that goes to and fro in `[0, 1]`.
fn bounce(x: f32) -> f32 {
    let x = x.rem_euclid(2.0);
    if x > 1.0 { 2.0 - x } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(config: &NuisanceConfig, seed: u64, step: u32) -> Vec<u8> {
        let mut stream = Stream::new(seed, "nuisances", 0);
        let nuisance = Nuisance::draw(config, &mut stream);
        let mut rgb: Vec<u8> = (0..8 * 8 * 3).map(|byte| byte as u8).collect();
        nuisance.apply(&mut rgb, [8, 8], step, &mut stream);
        rgb
    }

    #[test]
    fn none_changes_nothing_and_seeds_decide_the_rest() {
        let none = NuisanceConfig { theme: 0.0, light: 0.0, disc: 0.0, noise: 0.0 };
        let clean: Vec<u8> = (0..8 * 8 * 3).map(|byte| byte as u8).collect();
        let plain = frame(&none, 0, 3);
        assert_eq!(plain, clean);
        let some = NuisanceConfig::default();
        assert_eq!(frame(&some, 1, 3), frame(&some, 1, 3));
        assert_ne!(frame(&some, 1, 3), frame(&some, 2, 3));
        assert_ne!(frame(&some, 1, 3), clean);
    }

    #[test]
    fn a_disc_stays_in_the_frame() {
        for step in 0..100 {
            assert!((0.0..=1.0).contains(&bounce(0.3 - 0.06 * step as f32)));
        }
    }
}
