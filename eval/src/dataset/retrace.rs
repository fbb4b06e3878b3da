//! States that a world does not tell, gone through once more.
//!
//! ```text
//!  seed of the episode ──► Lane::begin ──► the actions of its rows, one by one ──► Scene ──► pixels
//!     episodes are shared out among threads; each of them depends on its own rows only
//! ```
//!
//! A world steps to the same bits from the same start under the same actions, so that the states are those that were recorded; what
//! is observed on the way is compared with what the data set holds.

use std::ops::Range;

use freeroam_envs::World;
use freeroam_envs::camera::{Camera, Renderer, Scene};
use freeroam_replay::dataset::{Dataset, Rows};
use freeroam_trainer::TrainerError;

use super::DatasetConfig;
use super::ground::Ground;
use super::lane::Lane;
use super::record::Widths;
use crate::EvalError;

/// Goes through the episodes of a data set, in order.
pub(super) struct Retrace<'a> {
    dataset: &'a Dataset,
    ground: &'a Ground<'a>,
    walkers: Vec<Walker>,
    /// Number of the data set's first episode among all that were made.
    first: u64,
    /// The next episode to go through.
    next: usize,
    /// Pictures of rows that were drawn and not asked for yet.
    drawn: Vec<u8>,
}

/// A lane to go along, and what draws it; one thread's own.
struct Walker {
    lane: Lane,
    camera: Camera,
    scene: Scene,
    renderer: Renderer,
    /// `[rows, height, width, 3]` of the episode.
    pictures: Vec<u8>,
}

/// The settings with which rows are stepped through again: their actions have their noise.
pub(super) fn quiet(config: &DatasetConfig) -> DatasetConfig {
    DatasetConfig { noise: 0.0, ..config.clone() }
}

impl<'a> Retrace<'a> {
    /// Of a data set whose first episode is number `first` of all, on `threads` threads. The ground is that of [`quiet`] settings.
    ///
    /// # Errors
    /// When the world cannot be made.
    pub(super) fn new(
        dataset: &'a Dataset,
        ground: &'a Ground<'a>,
        (world, camera): (&World, Camera),
        first: u64,
        threads: usize,
    ) -> Result<Self, EvalError> {
        let columns = dataset.columns();
        let widths =
            Widths { observation: columns.observations.width, action: columns.actions.width, goal: 0, task: 0 };
        let walker = |_| -> Result<Walker, EvalError> {
            let lane = Lane::new(ground, world, widths)?;
            Ok(Walker { lane, camera, scene: Scene::new(), renderer: Renderer::new(), pictures: Vec::new() })
        };
        let walkers = (0..threads.max(1)).map(walker).collect::<Result<_, _>>()?;
        Ok(Self { dataset, ground, walkers, first, next: 0, drawn: Vec::new() })
    }

    /// Draws the rows that follow those of the last call, `[rows, height, width, 3]`.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] where the world is in other states than the data set says.
    pub(super) fn draw(&mut self, pictures: &mut [u8]) -> Result<(), EvalError> {
        while self.drawn.len() < pictures.len() {
            let episodes = self.next..self.dataset.episodes().min(self.next + self.walkers.len());
            self.next = episodes.end;
            let (dataset, ground, first) = (self.dataset, self.ground, self.first);
            let Self { walkers, drawn, .. } = self;
            std::thread::scope(|scope| {
                let work = walkers.iter_mut().zip(episodes);
                let threads: Vec<_> = work
                    .map(|(walker, episode)| {
                        let number = first + episode as u64;
                        scope.spawn(move || {
                            walker.walk(dataset, ground, number, dataset.episode(episode)).map(|()| walker)
                        })
                    })
                    .collect();
                for thread in threads {
                    let walker = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
                    drawn.extend_from_slice(&walker.pictures);
                }
                Ok::<(), EvalError>(())
            })?;
        }
        pictures.copy_from_slice(&self.drawn[..pictures.len()]);
        self.drawn.drain(..pictures.len());
        Ok(())
    }
}

impl Walker {
    fn walk(
        &mut self,
        dataset: &Dataset,
        ground: &Ground<'_>,
        episode: u64,
        rows: Range<usize>,
    ) -> Result<(), EvalError> {
        let row = |column: &'_ Rows, row: usize| column.values[row * column.width..][..column.width].to_vec();
        let columns = dataset.columns();
        let picture = self.camera.rgb_len();
        self.pictures.resize(rows.len() * picture, 0);
        self.lane.begin(ground, episode);
        for (at, pixels) in rows.clone().zip(self.pictures.chunks_exact_mut(picture)) {
            if self.lane.observation != row(&columns.observations, at) {
                let what = "is in other states than the data set says";
                let why = "it was made by another version, or by policies that change the world";
                let message = format!("episode {episode}, row {}: the world {what}; {why}", at - rows.start);
                return Err(TrainerError::Usage(message).into());
            }
            self.lane.scene(&mut self.scene);
            self.renderer.render(&self.scene, &self.camera, pixels, None)?;
            if at + 1 < rows.end {
                self.lane.step(ground, &row(&columns.actions, at));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use freeroam_envs::world;

    use super::*;
    use crate::dataset::{Kind, generate};

    #[test]
    fn rooms_are_seen_again_as_they_were_for_any_number_of_threads() {
        let id = "Rooms-Noisy-v0";
        let settings =
            DatasetConfig { episodes: 5, validation: 0.4, steps: 30, ..DatasetConfig::new(id, Kind::Explore) };
        let world = world(id).expect("is registered");
        let [training, validation] = generate(&settings, &world).expect("is made");
        let settings = quiet(&settings);
        let ground = Ground::new(&settings, world.spec()).expect("a ground");
        let camera = Camera::of_pixels(world.spec(), "tracking", 16).expect("a view");
        let draw = |dataset: &Dataset, first, threads| {
            let mut retrace =
                Retrace::new(dataset, &ground, (&world, camera), first, threads).expect("the world is made");
            let mut pictures = vec![0; dataset.rows() * camera.rgb_len()];
            // In pieces that do not fit the episodes.
            let mut pieces = pictures.chunks_mut(7 * camera.rgb_len());
            pieces.try_for_each(|piece| retrace.draw(piece)).map(|()| pictures)
        };
        let one = draw(&training, 0, 1).expect("draws");
        assert!(draw(&training, 0, 3).expect("draws") == one);
        assert!(one.chunks_exact(camera.rgb_len()).any(|picture| picture != &one[..picture.len()]));
        draw(&validation, 5, 2).expect("draws");
        let error = draw(&validation, 0, 1).expect_err("other episodes").to_string();
        assert!(error.contains("episode 0, row 0: the world is in other states"), "{error}");
    }
}
