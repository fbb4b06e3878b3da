//! A family as text.

use std::error::Error;
use std::fmt::Write as _;

use freeroam_envs::words::{Split, Words};
use freeroam_envs::{GoalPlaces, Lanes, LanesConfig, Spec, Stream, World};

use super::sheet::COLUMNS;

/// Names in a row of a table before the middle ones are left out.
const NAMES: usize = 12;
/// Random steps from which rewards and sentences come.
const STEPS: usize = 200;

/// The section of a family.
pub(crate) fn family(name: &str, picture: &str, worlds: &[World]) -> Result<String, Box<dyn Error>> {
    let mut text = format!("\n## {name}\n\n![Worlds of the family {name}]({picture})\n\n");
    let ids: Vec<_> = worlds.iter().map(|world| format!("`{}`", world.spec().id)).collect();
    let rows: Vec<_> = ids.chunks(COLUMNS).map(|row| row.join(", ")).collect();
    writeln!(text, "Row by row: {}.\n", rows.join("; "))?;
    writeln!(
        text,
        "| world | what | observed | actions | step, s | horizon | reward | goals: range, radius, m | tasks | cell, m |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|---|---|")?;
    let mut sentences = String::new();
    for world in worlds {
        let (spec, walk) = (world.spec(), Walk::of(world)?);
        let goals = match (spec.position.is_empty(), &spec.layout) {
            (true, _) => "-".to_owned(),
            (_, Some(_)) => format!("free cells, {}", spec.goal_radius),
            (_, None) => format!("{}, {}", spec.goal_range, spec.goal_radius),
        };
        let tasks = spec.layout.as_ref().map_or(0, |layout| layout.tasks.len());
        writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} | {} | {goals} | {tasks} | {} |",
            spec.id,
            spec.description,
            spec.observation.len(),
            spec.action.len(),
            round(spec.dt),
            spec.horizon,
            walk.rewards(),
            spec.bin,
        )?;
        writeln!(sentences, "- `{}`: {}", spec.id, walk.sentences(spec))?;
    }
    text.push('\n');
    for (channels, ids) in alike(worlds, |spec| {
        spec.observation.iter().map(|channel| (channel.name.clone(), channel.unit)).collect::<Vec<_>>()
    }) {
        write!(text, "Observation of {}:\n\n| at | names | unit |\n|---|---|---|\n", listed(&ids))?;
        for (at, names, unit) in runs(channels) {
            writeln!(text, "| {at} | {names} | {unit} |")?;
        }
        text.push('\n');
    }
    for (names, ids) in alike(worlds, |spec| spec.action.clone()) {
        writeln!(
            text,
            "Actions of {}: {}.\n",
            listed(&ids),
            shortened(&names.iter().map(String::as_str).collect::<Vec<_>>())
        )?;
    }
    writeln!(text, "What is said of states, and how to ask for others:\n\n{}", sentences.trim_end())?;
    Ok(text)
}

/// Values of specs, each with the ids of the worlds that have it, in order.
fn alike<T: PartialEq>(worlds: &[World], value: impl Fn(&Spec) -> T) -> Vec<(T, Vec<&str>)> {
    let mut found: Vec<(T, Vec<&str>)> = Vec::new();
    for world in worlds {
        let (spec, value) = (world.spec(), value(world.spec()));
        match found.iter_mut().find(|(known, _)| *known == value) {
            Some((_, ids)) => ids.push(&spec.id),
            None => found.push((value, vec![&spec.id])),
        }
    }
    found
}

fn listed(ids: &[&str]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

/// Channels of one unit in a row: places, names, unit.
fn runs(channels: Vec<(String, &'static str)>) -> Vec<(String, String, &'static str)> {
    let mut rows = Vec::new();
    let mut first = 0;
    for row in channels.chunk_by(|one, other| one.1 == other.1) {
        let last = first + row.len() - 1;
        let at = if last > first { format!("{first} to {last}") } else { first.to_string() };
        rows.push((at, shortened(&row.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>()), row[0].1));
        first = last + 1;
    }
    rows
}

/// Names in code, of long lists the first three and the last.
fn shortened(names: &[&str]) -> String {
    match names {
        [first, second, third, .., last] if names.len() > NAMES => {
            format!("`{first}`, `{second}`, `{third}` .. `{last}`")
        }
        _ => listed(names),
    }
}

/// At most four decimals, and none that are zero.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// What random actions saw.
struct Walk {
    least: f32,
    most: f32,
    observation: Vec<f32>,
    place: [f64; 2],
}

impl Walk {
    fn of(world: &World) -> Result<Self, Box<dyn Error>> {
        let mut lanes = Lanes::new(world, LanesConfig { seed: 5, ..LanesConfig::default() })?;
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch)?;
        let (mut noise, mut action) = (Stream::new(5, "policy", 0), vec![0.0; world.spec().action.len()]);
        let (mut least, mut most) = (f32::INFINITY, f32::NEG_INFINITY);
        for _ in 0..STEPS {
            noise.fill_uniform(-1.0, 1.0, &mut action);
            lanes.step_into(&action, &mut batch)?;
            if !batch.reset[0] {
                (least, most) = (least.min(batch.reward[0]), most.max(batch.reward[0]));
            }
        }
        let place = [0, 1].map(|k| f64::from(batch.final_place[k]));
        Ok(Self { least, most, observation: batch.final_observation.clone(), place })
    }

    fn rewards(&self) -> String {
        if self.least == 0.0 && self.most == 0.0 {
            "none".to_owned()
        } else {
            format!("{:.2} to {:.2}", self.least, self.most)
        }
    }

    /// Three of the world: of the state that the walk ended in, of a goal, and of a way.
    fn sentences(&self, spec: &Spec) -> String {
        let (words, mut stream) = (Words::new(spec), Stream::new(1, "words", 0));
        let goal = GoalPlaces::new(spec).ok().map(|places| places.draw(&mut stream));
        let facts = words.facts_at(self.place, &self.observation, None);
        let asked = goal.map(|goal| words.facts_at(goal, &self.observation, None));
        let said = [
            words.describe(&facts, Split::All, &mut stream),
            asked.and_then(|facts| words.ask(&facts, &mut stream)),
            words.instruct(self.place, Split::All, &mut stream),
        ];
        said.into_iter().flatten().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join("; ")
    }
}
