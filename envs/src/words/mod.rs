//! Short English about states and goals.
//!
//! ```text
//!  observation, goal ──sense, region──► Facts ──draw(split)──► Facts ──grammar──► "the ant is in the north-east room"
//!                                                                                             │
//!  does it hold? where is it? how alike? ◄────────────── Sentence ◄──────────── parse ◄───────┘
//! ```
//!
//! North is y and up in pictures from above, east is x. A maze has three by three rooms over the bounds of its free cells,
//! and each room three by three parts. On open ground a place has one of eight directions and a distance from the origin.
//! Outer walls have the colour of their side: north red, east yellow, south blue, west purple; facing one is said of a
//! body whose own x points to that side, whatever stands between.
//!
//! ```
//! use freeroam_envs::words::{Split, Words};
//! use freeroam_envs::{Stream, world};
//! # fn main() -> Result<(), freeroam_envs::EnvsError> {
//! let maze = world("PointMaze-Large-v0")?;
//! let words = Words::new(maze.spec());
//! let [x, y] = words.goal_of("the ball is in the north-east room")?;
//! let observation = [x as f32, y as f32];
//! assert!(words.satisfies("the ball is in the upper right room", &observation)?);
//! assert!(!words.satisfies("the ball is in the south room", &observation)?);
//! let sentence = words.describe(&words.facts(&observation, None), Split::Train, &mut Stream::new(0, "words", 0));
//! assert!(words.satisfies(&sentence.expect("training has words for every state"), &observation)?);
//! # Ok(())
//! # }
//! ```

mod choose; // chance, or one wording after another
mod compass; // directions on the ground
mod fact; // what sentences say
mod grammar; // templates: from facts to clauses
mod lexicon; // the words for values
mod pairs; // sentences and how alike they are
mod parse; // from sentences to facts
mod region; // regions and places
mod sense; // from observations to facts
mod split; // which combinations training does not see
mod way; // instructions where to go

pub use compass::Compass;
pub use fact::{Claim, Distance, Fact, Facts, Kind, Pace, Posture, Subject};
pub use pairs::Pair;
pub use split::{SPLIT_VERSION, Split};
pub use way::Leg;

use choose::{Choose, Counter};
use grammar::{BETWEEN, Grammar, Mood, WITHIN, clauses};
use lexicon::Meaning;
use region::Regions;
use sense::Senses;
use split::draw;

use crate::{EnvsError, Spec, Stream};

/// What a sentence means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sentence {
    /// It describes a state, or asks for one.
    State(Facts),
    /// It asks for a way from wherever the body is.
    Way(Vec<Leg>),
}

/// The language of one world.
#[derive(Clone, Debug)]
pub struct Words {
    spec: Spec,
    senses: Senses,
    regions: Regions,
    grammar: Grammar,
}

impl Words {
    /// The language of a world. The body is called by the first word of the id.
    #[must_use]
    pub fn new(spec: &Spec) -> Self {
        let regions = Regions::new(spec);
        let grammar = Grammar::new(&regions, &body(&spec.id));
        Self { spec: spec.clone(), senses: Senses::new(spec), regions, grammar }
    }

    /// All that can be said about an observation and, where there is one, a goal (x, y in metres). Nothing about the place
    /// of the body where the observation does not show it: see [`Words::facts_at`].
    ///
    /// # Panics
    /// When `observation` is shorter than [`Spec::observation`].
    #[must_use]
    pub fn facts(&self, observation: &[f32], goal: Option<[f64; 2]>) -> Facts {
        let place = (!self.spec.position.is_empty()).then(|| self.spec.place(observation));
        self.facts_of(place, observation, goal)
    }

    /// As [`Words::facts`], for a body that is known to be at `place` (x, y in metres).
    ///
    /// # Panics
    /// When `observation` is shorter than [`Spec::observation`].
    #[must_use]
    pub fn facts_at(&self, place: [f64; 2], observation: &[f32], goal: Option<[f64; 2]>) -> Facts {
        self.facts_of(Some(place), observation, goal)
    }

    fn facts_of(&self, place: Option<[f64; 2]>, observation: &[f32], goal: Option<[f64; 2]>) -> Facts {
        let about = |subject| move |claim| (subject, claim);
        let mut facts: Facts = self.senses.claims(observation).into_iter().map(about(Subject::Body)).collect();
        let here = place.map(|place| self.regions.claims(place)).unwrap_or_default();
        let there = goal.map(|goal| self.regions.claims(goal)).unwrap_or_default();
        let places = here.into_iter().map(about(Subject::Body)).chain(there.into_iter().map(about(Subject::Goal)));
        for (subject, claim) in places {
            facts.insert(subject, claim);
        }
        if let (Some(place), Some(goal)) = (place, goal) {
            facts.insert(Subject::Goal, Claim::Toward(self.toward(place, goal)));
        }
        facts
    }

    fn toward(&self, place: [f64; 2], goal: [f64; 2]) -> Compass {
        let way = [goal[0] - place[0], goal[1] - place[1]];
        if way[0].hypot(way[1]) <= self.spec.goal_radius { Compass::Middle } else { Compass::of_vector(way) }
    }

    /// A sentence that says one to four of the facts, within a split. `None` where the split is [`Split::HeldOut`] and the
    /// facts hold no combination of it.
    #[must_use]
    pub fn describe(&self, facts: &Facts, split: Split, stream: &mut Stream) -> Option<String> {
        Some(self.say(&self.select(facts, split, stream)?, stream))
    }

    /// What [`Words::describe`] would say: one to four of the facts, within a split. `None` as there.
    #[must_use]
    pub fn select(&self, facts: &Facts, split: Split, stream: &mut Stream) -> Option<Facts> {
        draw(facts, split, stream)
    }

    /// A sentence that says all of the facts and no other, in words and an order drawn from the stream.
    ///
    /// # Panics
    /// When the facts are not of this world, as rooms are not of open ground, or hold a part without its room or a
    /// direction of motion without a pace.
    #[must_use]
    pub fn say(&self, facts: &Facts, stream: &mut Stream) -> String {
        self.statement(facts, stream)
    }

    fn statement(&self, facts: &Facts, choices: &mut dyn Choose) -> String {
        let mut text = String::new();
        for subject in [Subject::Body, Subject::Goal] {
            let claims: Vec<Claim> =
                facts.iter().filter(|fact| fact.subject == subject).map(|fact| fact.claim).collect();
            let mut left = clauses(&claims);
            if left.is_empty() && (subject == Subject::Goal || !facts.is_empty()) {
                continue;
            }
            if !text.is_empty() {
                text.push_str(BETWEEN[choices.choose(BETWEEN.len())]);
            }
            let clause = |mood, claims: &[Claim], choices: &mut dyn Choose| {
                let meanings: Vec<_> = claims.iter().map(|&claim| Meaning::Claim(claim)).collect();
                let said = self.grammar.clause(mood, &meanings, choices);
                said.unwrap_or_else(|| panic!("{} has no words for {claims:?}", self.spec.id))
            };
            text.push_str(&clause(Mood::Start(subject), &[], choices));
            text.push(' ');
            if left.is_empty() {
                text.push_str(&clause(Mood::Predicate, &[], choices));
            }
            while !left.is_empty() {
                let next = left.swap_remove(choices.choose(left.len()));
                text.push_str(&clause(Mood::Predicate, &next, choices));
                if !left.is_empty() {
                    text.push_str(WITHIN[choices.choose(WITHIN.len())]);
                }
            }
        }
        text
    }

    /// A sentence that asks for the place of the body in the facts ("go to the north room"); `None` where they name none.
    #[must_use]
    pub fn ask(&self, facts: &Facts, stream: &mut Stream) -> Option<String> {
        self.command(facts, stream)
    }

    fn command(&self, facts: &Facts, choices: &mut dyn Choose) -> Option<String> {
        let kinds = [Kind::Room, Kind::Part, Kind::Bearing, Kind::Distance];
        let said = kinds.into_iter().filter_map(|kind| facts.get(Subject::Body, kind)).map(Meaning::Claim);
        self.grammar.clause(Mood::Command, &said.collect::<Vec<_>>(), choices)
    }

    /// A sentence that asks for a way of one or two legs from a place (x, y in metres) to another place of the world ("go
    /// two rooms west"). `None` where the split has none from there.
    #[must_use]
    pub fn instruct(&self, from: [f64; 2], split: Split, stream: &mut Stream) -> Option<String> {
        let legs = self.regions.way(from, split, stream)?;
        Some(self.grammar.say_way(&legs, stream))
    }

    /// What a sentence means. Capital letters and full stops do not count, commas hardly.
    ///
    /// # Errors
    /// [`EnvsError::UnknownWord`] names the first word that is not of the language and the nearest that is;
    /// [`EnvsError::Sentence`] says why the words make no sentence.
    pub fn parse(&self, sentence: &str) -> Result<Sentence, EnvsError> {
        self.grammar.parse(sentence)
    }

    /// The facts of a sentence about a state.
    ///
    /// # Errors
    /// As [`Words::parse`], and [`EnvsError::Sentence`] for instructions.
    pub fn state(&self, sentence: &str) -> Result<Facts, EnvsError> {
        match self.parse(sentence)? {
            Sentence::State(facts) => Ok(facts),
            Sentence::Way(_) => Err(self.refuse(sentence, "where it leads depends on where it begins")),
        }
    }

    /// Whether a sentence holds in an observation, without a goal.
    ///
    /// # Errors
    /// As [`Words::state`], and [`EnvsError::Sentence`] where it speaks of a goal, or of a place that the observation does
    /// not show.
    pub fn satisfies(&self, sentence: &str, observation: &[f32]) -> Result<bool, EnvsError> {
        let said = self.state(sentence)?;
        if said.iter().any(|fact| fact.subject == Subject::Goal) {
            return Err(self.refuse(sentence, "it speaks of a goal, which an observation does not show"));
        }
        let is_place = |kind| matches!(kind, Kind::Room | Kind::Part | Kind::Bearing | Kind::Distance);
        if self.spec.position.is_empty() && said.iter().any(|fact| is_place(fact.claim.kind())) {
            return Err(self.refuse(sentence, "it speaks of a place, which the observation does not show"));
        }
        Ok(self.facts(observation, None).include(&said))
    }

    /// A place (x, y in metres) in the middle of what a sentence says: of the goal where it speaks of one's place, else of
    /// the body. In a maze it is free.
    ///
    /// # Errors
    /// As [`Words::state`], and [`EnvsError::Sentence`] where it names no place, or one that is all wall.
    pub fn goal_of(&self, sentence: &str) -> Result<[f64; 2], EnvsError> {
        let facts = self.state(sentence)?;
        let place = self.regions.place(Subject::Goal, &facts).or_else(|_| self.regions.place(Subject::Body, &facts));
        place.map_err(|reason| self.refuse(sentence, &reason))
    }

    /// Where an instruction leads from a place (both x, y in metres).
    ///
    /// # Errors
    /// As [`Words::parse`], and [`EnvsError::Sentence`] where it leads out of the maze or into a room that is all wall.
    /// Sentences about states lead to [`Words::goal_of`].
    pub fn follow(&self, sentence: &str, from: [f64; 2]) -> Result<[f64; 2], EnvsError> {
        match self.parse(sentence)? {
            Sentence::State(_) => self.goal_of(sentence),
            Sentence::Way(legs) => self.regions.follow(&legs, from).map_err(|reason| self.refuse(sentence, &reason)),
        }
    }

    /// Whether a body that began at `from` and is at `place` now (x, y in metres) has followed an instruction: it is in
    /// the room to which it leads, or on open ground within [`Spec::goal_radius`].
    ///
    /// # Errors
    /// As [`Words::follow`].
    pub fn followed(&self, sentence: &str, from: [f64; 2], place: [f64; 2]) -> Result<bool, EnvsError> {
        Ok(self.regions.arrived(self.follow(sentence, from)?, place, self.spec.goal_radius))
    }

    /// How alike two sentences about states are, 0 to 1: [`Facts::similarity`] of what they say.
    ///
    /// # Errors
    /// As [`Words::state`].
    pub fn similarity(&self, first: &str, second: &str) -> Result<f64, EnvsError> {
        Ok(self.state(first)?.similarity(&self.state(second)?))
    }

    /// What may hold in some state of the world, drawn without simulating it: each region, posture and motion has the same
    /// chance.
    #[must_use]
    pub fn imagine(&self, stream: &mut Stream) -> Facts {
        let regions = self.regions.all();
        let mut facts = Facts::default();
        for claim in &regions[stream.choose(regions.len())] {
            facts.insert(Subject::Body, *claim);
        }
        for claims in self.senses.all() {
            let claim = claims[stream.choose(claims.len())];
            // What stands still moves nowhere.
            let still = facts.get(Subject::Body, Kind::Pace) == Some(Claim::Pace(Pace::Still));
            if !(still && claim.kind() == Kind::Moving) {
                facts.insert(Subject::Body, claim);
            }
        }
        facts
    }

    /// Everything that sentences of a split say about a body in one or two clauses: places, alone and with each posture,
    /// heading and motion, and these alone.
    pub fn meanings(&self, split: Split) -> impl Iterator<Item = Facts> + '_ {
        let mut places: Vec<Vec<Claim>> = vec![Vec::new()];
        for region in self.regions.all() {
            for shorter in [vec![region[0]], vec![region[region.len() - 1]], region] {
                let part_alone = matches!(shorter[..], [Claim::Part(_)]);
                if !part_alone && !places.contains(&shorter) {
                    places.push(shorter);
                }
            }
        }
        let mut bodily: Vec<Vec<Claim>> = vec![Vec::new()];
        let senses = self.senses.all();
        for claim in senses.iter().flatten().filter(|claim| claim.kind() != Kind::Moving) {
            bodily.push(vec![*claim]);
            if let Claim::Pace(Pace::Slow | Pace::Fast) = claim {
                let directions = senses.iter().flatten().filter(|claim| claim.kind() == Kind::Moving);
                bodily.extend(directions.map(|direction| vec![*claim, *direction]));
            }
        }
        let both = places
            .into_iter()
            .flat_map(move |place| bodily.clone().into_iter().map(move |more| [place.clone(), more].concat()));
        both.filter(|claims| !claims.is_empty())
            .map(|claims| claims.into_iter().map(|claim| (Subject::Body, claim)).collect())
            .filter(move |facts| split.has(facts))
    }

    /// All ways to say all of the facts.
    ///
    /// # Panics
    /// As [`Words::say`].
    pub fn wordings(&self, facts: Facts) -> impl Iterator<Item = String> + '_ {
        let mut counter = Some(Counter::default());
        std::iter::from_fn(move || {
            let mut choices = counter.take()?;
            let text = self.statement(&facts, &mut choices);
            counter = choices.advance().then_some(choices);
            Some(text)
        })
    }

    /// All sentences of a split about a body in one or two clauses: [`Words::wordings`] of [`Words::meanings`]. There are
    /// many.
    pub fn sentences(&self, split: Split) -> impl Iterator<Item = String> + '_ {
        self.meanings(split).flat_map(|facts| self.wordings(facts))
    }

    /// All words that sentences are made of, in alphabetical order.
    #[must_use]
    pub fn vocabulary(&self) -> Vec<String> {
        self.grammar.vocabulary()
    }

    fn refuse(&self, sentence: &str, reason: &str) -> EnvsError {
        EnvsError::Sentence { sentence: sentence.to_owned(), reason: reason.to_owned() }
    }
}

/// What the body of a world is called: the first word of its id, without the maze, where that names a body.
fn body(id: &str) -> String {
    let first = id.split('-').next().unwrap_or(id);
    let first = first.strip_suffix("Maze").unwrap_or(first);
    match first {
        "Point" | "Square" | "Rooms" | "" => "ball".to_owned(),
        "Outdoor" => "cart".to_owned(),
        "Jaco" => "hand".to_owned(),
        "HalfCheetah" => "cheetah".to_owned(),
        "Walker2d" => "walker".to_owned(),
        _ => first.to_lowercase(),
    }
}
