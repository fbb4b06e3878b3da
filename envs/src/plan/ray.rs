//! Distances along rays.

use super::{Obstacle, Plan, length, minus};

impl Plan {
    /// Distance along a ray from `from` in the unit `direction` to the first obstacle, and its index; `range` metres and
    /// none if there is none nearer. Zero from inside an obstacle.
    pub(crate) fn ray(&self, from: [f64; 2], direction: [f64; 2], range: f64) -> (f64, Option<usize>) {
        let mut nearest = (range, None);
        let mut bin = [0, 1].map(|k| ((from[k] - self.low[k]) / self.bin).floor());
        // Distance along the ray to the next border of bins, and between two, along each axis.
        let step = direction.map(f64::signum);
        let between = direction.map(|value| self.bin / value.abs());
        let mut border = [0, 1].map(|k| {
            let next = self.low[k] + self.bin * (bin[k] + if direction[k] > 0.0 { 1.0 } else { 0.0 });
            if direction[k] == 0.0 { f64::INFINITY } else { (next - from[k]) / direction[k] }
        });
        let last = self.bins.map(|count| count as f64 - 1.0);
        loop {
            if (0..2).all(|k| bin[k] >= 0.0 && bin[k] <= last[k]) {
                for (index, obstacle) in self.members(bin[0] as usize, bin[1] as usize) {
                    let distance = obstacle.enter(from, direction);
                    if distance < nearest.0 {
                        nearest = (distance, Some(index));
                    }
                }
            } else if (0..2).any(|k| if step[k] > 0.0 { bin[k] > last[k] } else { bin[k] < 0.0 }) {
                // Outside and on the way out.
                return nearest;
            }
            let k = usize::from(border[1] < border[0]);
            if border[k] >= nearest.0 {
                return nearest;
            }
            bin[k] += step[k];
            border[k] += between[k];
        }
    }
}

impl Obstacle {
    /// Distance along a ray to where it enters; infinite where it does not.
    fn enter(&self, from: [f64; 2], direction: [f64; 2]) -> f64 {
        match *self {
            Self::Block(block) => {
                let (mut enter, mut leave) = (0.0_f64, f64::INFINITY);
                for k in 0..2 {
                    let offset = block.centre[k] - from[k];
                    if direction[k] == 0.0 {
                        if offset.abs() > block.half[k] {
                            return f64::INFINITY;
                        }
                    } else {
                        let (middle, half) = (offset / direction[k], block.half[k] / direction[k].abs());
                        enter = enter.max(middle - half);
                        leave = leave.min(middle + half);
                    }
                }
                if enter <= leave { enter } else { f64::INFINITY }
            }
            Self::Disc { centre, radius } => disc(minus(centre, from), radius, direction),
            Self::Gone => f64::INFINITY,
        }
    }
}

/// Distance along a ray from the origin to a disc; infinite where it misses it, zero inside.
pub(super) fn disc(to: [f64; 2], radius: f64, direction: [f64; 2]) -> f64 {
    if length(to) <= radius {
        return 0.0;
    }
    let along = to[0] * direction[0] + to[1] * direction[1];
    let across = to[0] * direction[1] - to[1] * direction[0];
    let chord = radius * radius - across * across;
    if along > 0.0 && chord >= 0.0 { along - chord.sqrt() } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;
    use crate::maze::{Block, Layout};

    #[test]
    fn rays_measure_corridors_exactly() {
        let layout = Layout::umaze();
        let mut plan = Plan::default();
        for block in layout.walls() {
            plan.add(Obstacle::Block(block));
        }
        plan.sort(layout.cell);
        let ray = |from, direction| plan.ray(from, direction, 50.0).0;
        assert_eq!(ray([4.0, 0.0], [0.0, 1.0]), 2.0, "across the corridor");
        assert_eq!(ray([4.0, 0.0], [1.0, 0.0]), 6.0, "along it");
        assert_eq!(ray([4.0, 0.5], [-1.0, 0.0]), 6.0);
        assert_eq!(ray([8.0, 0.0], [0.0, 1.0]), 10.0);
        let diagonal = std::f64::consts::FRAC_1_SQRT_2;
        assert!((ray([0.0, 0.0], [-diagonal, -diagonal]) - 8.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(plan.ray([4.0, 0.0], [1.0, 0.0], 5.0), (5.0, None), "out of range");
        assert_eq!(ray([0.0, 4.0], [1.0, 0.0]), 0.0, "inside a wall");
        assert_eq!(ray([-20.0, 0.0], [1.0, 0.0]), 14.0, "from outside");
        assert_eq!(ray([-20.0, 0.0], [-1.0, 0.0]), 50.0);
    }

    #[test]
    fn rays_agree_with_walking() {
        let mut stream = Stream::new(0, "rays", 0);
        let mut plan = Plan::default();
        for k in 0..40 {
            let centre = [0; 2].map(|_| stream.uniform(-10.0, 10.0));
            let size = stream.uniform(0.1, 1.5);
            plan.add(if k % 2 == 0 {
                Obstacle::Disc { centre, radius: size }
            } else {
                Obstacle::Block(Block { centre, half: [size, stream.uniform(0.1, 1.0)] })
            });
        }
        plan.sort(1.7);
        for _ in 0..300 {
            let from = [0; 2].map(|_| stream.uniform(-12.0, 12.0));
            let angle = stream.uniform(0.0, std::f64::consts::TAU);
            let direction = [angle.cos(), angle.sin()];
            let (distance, _) = plan.ray(from, direction, 9.0);
            let clear = |t: f64| plan.is_free([from[0] + t * direction[0], from[1] + t * direction[1]], 0.0);
            let walked = (0..9000).map(|step| f64::from(step) * 1e-3).find(|&t| !clear(t)).unwrap_or(9.0);
            assert!((walked - distance).abs() < 2e-3, "{from:?} {direction:?}: {distance} {walked}");
        }
    }
}
