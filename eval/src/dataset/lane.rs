//! An episode in the making: one copy of a world and its goal.

use freeroam_envs::camera::Scene;
use freeroam_envs::{Env, EnvsError, Expert, Stream, World};

use super::Kind;
use super::ground::Ground;
use super::pilot::Pilot;
use super::record::{Deed, Record, Widths};

/// Draws of a goal until one lies where nothing stands.
const GOAL_TRIES: u32 = 100;

/// One copy of a world.
pub(super) struct Lane {
    env: Box<dyn Env>,
    streams: Streams,
    /// The way to the goal; nothing on open ground.
    expert: Option<Expert>,
    goal: [f64; 2],
    /// Where the body is (x, y, metres).
    pub(super) place: [f64; 2],
    /// Where to go next (x, y, metres); of no meaning in explore.
    pub(super) way: [f64; 2],
    /// The heading or skill that is followed, `[task]`.
    pub(super) task: Vec<f32>,
    /// `[observation]`.
    pub(super) observation: Vec<f32>,
    action: Vec<f32>,
    /// What the last step led to.
    next: Vec<f32>,
    steps: u32,
    /// There is no episode, or it has ended.
    pub(super) ended: bool,
    /// The rows of the episode.
    pub(super) record: Record,
}

/// Where an episode draws from, so that no draw shifts another.
struct Streams {
    places: Stream,
    tasks: Stream,
    noise: Stream,
}

impl Streams {
    fn new(seed: u64, episode: u64) -> Self {
        Self {
            places: Stream::new(seed, "dataset places", episode),
            tasks: Stream::new(seed, "dataset tasks", episode),
            noise: Stream::new(seed, "dataset noise", episode),
        }
    }
}

impl Lane {
    /// A lane without an episode, for rows of `widths`.
    ///
    /// # Errors
    /// When the world cannot be made.
    pub(super) fn new(ground: &Ground<'_>, world: &World, widths: Widths) -> Result<Self, EnvsError> {
        let layout = ground.spec.layout.as_ref();
        Ok(Self {
            env: world.make()?,
            streams: Streams::new(0, 0),
            expert: layout.map(|layout| Expert::new(layout, ground.config.aim_true_goal)),
            goal: [0.0; 2],
            place: [0.0; 2],
            way: [0.0; 2],
            task: vec![0.0; widths.task],
            observation: vec![0.0; widths.observation],
            action: vec![0.0; widths.action],
            next: vec![0.0; widths.observation],
            steps: 0,
            ended: true,
            record: Record::new(widths, ground.config.steps as usize + 1),
        })
    }

    /// Begins episode `episode` of the data set.
    pub(super) fn begin(&mut self, ground: &Ground<'_>, episode: u64) {
        let seed = ground.config.seed;
        self.streams = Streams::new(seed, episode);
        self.env.reset(&mut Stream::new(seed, "dataset resets", episode));
        let (start, goal) = ground.draw(&mut self.streams.places);
        if let Some(start) = start {
            self.env.teleport(start);
        }
        self.place = self.env.place();
        self.aim(ground, goal);
        self.env.observe(&mut self.observation);
        self.steps = 0;
        self.ended = false;
        self.record.begin();
    }

    /// Pursues a goal from now on, if goals are pursued; another one where something stands in its place.
    fn aim(&mut self, ground: &Ground<'_>, mut goal: [f64; 2]) {
        if ground.config.kind == Kind::Explore {
            return;
        }
        for _ in 0..GOAL_TRIES {
            if self.env.is_free(goal) {
                break;
            }
            goal = ground.next_goal(&mut self.streams.places);
        }
        self.goal = goal;
        self.env.set_goal(goal);
        if let Some(expert) = &mut self.expert {
            expert.set_goal(goal);
        }
    }

    /// Changes what else depends on the place in `observation`, the current one with x and y replaced by those of `place`.
    pub(super) fn imagine(&mut self, place: [f64; 2], observation: &mut [f32]) {
        self.env.imagine(place, observation);
    }

    /// Describes what there is to see.
    pub(super) fn scene(&self, scene: &mut Scene) {
        self.env.scene(scene);
    }

    /// Decides where to go from here.
    pub(super) fn plan(&mut self, ground: &Ground<'_>, pilot: &Pilot) {
        match ground.config.kind {
            Kind::Explore if self.steps.is_multiple_of(ground.config.redraw) => {
                pilot.draw(&mut self.streams.tasks, &mut self.task);
            }
            Kind::Explore => {}
            Kind::Navigate | Kind::Stitch => {
                self.way = self.expert.as_ref().map_or(self.goal, |expert| expert.next(self.place));
            }
        }
    }

    /// Takes a step with what the pilot does, `[action]`, and noise on it.
    pub(super) fn step(&mut self, ground: &Ground<'_>, action: &[f32]) {
        let Ground { config, spec, .. } = ground;
        for (noisy, &clean) in self.action.iter_mut().zip(action) {
            let noise = config.noise * self.streams.noise.normal();
            *noisy = (f64::from(clean) + noise).clamp(-1.0, 1.0) as f32;
        }
        self.record.state(&self.observation, self.env.as_ref());
        let outcome = self.env.step(&self.action);
        self.env.observe(&mut self.next);
        self.place = self.env.place();
        self.steps += 1;
        if outcome.diverged || !outcome.reward.is_finite() || self.next.iter().any(|x| !x.is_finite()) {
            // The episode ends with the last state that can be trusted.
            self.ended = true;
            self.record.end();
            return;
        }
        std::mem::swap(&mut self.observation, &mut self.next);
        let pursues = config.kind != Kind::Explore;
        let reached = pursues && spec.reached(self.place, self.goal);
        let goal = self.goal.map(|x| x as f32);
        self.record.deed(&Deed {
            action: &self.action,
            goal: if pursues { &goal } else { &[] },
            task: &self.task,
            reward: if pursues { f32::from(u8::from(reached)) } else { outcome.reward },
            terminated: outcome.terminated,
        });
        self.ended = outcome.terminated || self.steps == config.steps;
        if self.ended {
            self.record.state(&self.observation, self.env.as_ref());
            self.record.end();
        } else if reached && config.kind == Kind::Navigate {
            let goal = ground.next_goal(&mut self.streams.places);
            self.aim(ground, goal);
            self.env.observe(&mut self.observation);
        }
    }
}
