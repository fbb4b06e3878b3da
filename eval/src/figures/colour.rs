//! Colours: one per method, a wheel for skills, a scale for closeness.

/// Red, green, blue.
pub type Rgb = [u8; 3];

pub(super) const INK: Rgb = [38, 38, 38];
pub(super) const QUIET: Rgb = [110, 110, 110];
pub(super) const GRID: Rgb = [228, 228, 228];
pub(super) const WALL: Rgb = [196, 196, 196];

// The palette of Okabe and Ito, which colour-blind readers can tell apart, without black and yellow.
const BLUE: Rgb = [0, 114, 178];
const ORANGE: Rgb = [230, 159, 0];
const GREEN: Rgb = [0, 158, 115];
const VERMILLION: Rgb = [213, 94, 0];
const PURPLE: Rgb = [204, 121, 167];
const SKY: Rgb = [86, 180, 233];
// From the muted palette of Tol.
const WINE: Rgb = [136, 34, 85];
const OLIVE: Rgb = [153, 153, 51];
const TEAL: Rgb = [68, 170, 153];
const INDIGO: Rgb = [51, 34, 136];

/// The colour of a method or measure, the same in every figure; what was trained on after another has the colour of the other. Names
/// are compared without case.
#[must_use]
pub fn method_colour(name: &str) -> Rgb {
    let name = name.to_lowercase();
    match name.rsplit(" after ").next().unwrap_or(&name) {
        "metra" | "policy" => BLUE,
        "diayn" | "total" => ORANGE,
        "lsd" | "queue" => GREEN,
        "tldr" => VERMILLION,
        "cic" => PURPLE,
        "moss" => SKY,
        "becl" => WINE,
        "rnd" => OLIVE,
        "apt" => TEAL,
        "hilp" => INDIGO,
        "random" => QUIET,
        "untrained" => [150, 150, 150],
        other => {
            let rest = [VERMILLION, PURPLE, SKY, WINE, OLIVE, TEAL];
            let hash = other.bytes().fold(17_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(byte)));
            rest[hash % rest.len()]
        }
    }
}

/// The colour at `turn` of the skill wheel; whole turns do not matter. Equal steps look about equally different.
#[must_use]
pub fn skill_colour(turn: f64) -> Rgb {
    let hue = (turn + 0.08) * std::f64::consts::TAU;
    // Lightness varies a little with the hue, so that opposite skills differ without colour vision too.
    oklch(0.66 + 0.09 * (hue - 1.75).cos(), 0.145, hue)
}

/// The colour of a distance: `0` is close (dark blue), `1` or more is far (pale yellow).
#[must_use]
pub fn closeness_colour(far: f64) -> Rgb {
    let far = far.clamp(0.0, 1.0);
    oklch(0.42 + 0.44 * far, 0.11, 4.6 - 2.9 * far)
}

/// OKLCH to sRGB. A colour outside sRGB loses chroma until it fits.
fn oklch(lightness: f64, chroma: f64, hue: f64) -> Rgb {
    let (sin, cos) = hue.sin_cos();
    let mut chroma = chroma;
    loop {
        let (a, b) = (chroma * cos, chroma * sin);
        let cube = |ka: f64, kb: f64| (lightness + ka * a + kb * b).powi(3);
        let l = cube(0.396_337_777_4, 0.215_803_757_3);
        let m = cube(-0.105_561_345_8, -0.063_854_172_8);
        let s = cube(-0.089_484_177_5, -1.291_485_548);
        let linear = [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
        ];
        if chroma < 0.01 || linear.iter().all(|value| (-1e-3..=1.0 + 1e-3).contains(value)) {
            return linear.map(|value| {
                let value = value.clamp(0.0, 1.0);
                let gamma = if value <= 0.003_130_8 { 12.92 * value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
                (255.0 * gamma).round() as u8
            });
        }
        chroma *= 0.96;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wheel_closes_and_is_even() {
        assert_eq!(skill_colour(0.25), skill_colour(1.25));
        let gap = |a: Rgb, b: Rgb| (0..3).map(|k| f64::from(a[k].abs_diff(b[k])).powi(2)).sum::<f64>().sqrt();
        let gaps: Vec<f64> =
            (0..12).map(|k| gap(skill_colour(f64::from(k) / 12.0), skill_colour(f64::from(k + 1) / 12.0))).collect();
        let (low, high) = gaps.iter().fold((f64::MAX, 0.0_f64), |(low, high), gap| (low.min(*gap), high.max(*gap)));
        assert!(low > 15.0 && high < 110.0, "{gaps:?}");
    }

    #[test]
    fn methods_keep_their_colour() {
        assert_eq!(method_colour("METRA"), method_colour("metra"));
        assert_ne!(method_colour("metra"), method_colour("diayn"));
        assert_eq!(method_colour("new"), method_colour("new"));
        assert_eq!(method_colour("extrinsic after cic"), method_colour("cic"));
        let beside = ["metra", "diayn", "lsd", "tldr", "cic", "moss", "becl", "rnd", "apt", "hilp", "random"];
        let colours = beside.map(method_colour);
        let repeated = |k: &usize| colours[..*k].contains(&colours[*k]);
        assert_eq!((0..beside.len()).find(repeated), None, "{beside:?} look alike in one figure");
    }

    #[test]
    fn far_is_lighter_than_close() {
        let light = |rgb: Rgb| rgb.iter().map(|byte| u32::from(*byte)).sum::<u32>();
        assert!(light(closeness_colour(0.0)) < light(closeness_colour(0.5)));
        assert!(light(closeness_colour(0.5)) < light(closeness_colour(2.0)));
    }
}
