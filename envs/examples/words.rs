//! What there is to say about a walk, and what words lead to.
//!
//! `cargo run --release -p freeroam-envs --example words -- [WORLD [SEED]]` prints sentences of random steps, of which the
//! later ones speak of a goal too; then instructions with the places they lead to, and sentences with how alike they are.

use std::error::Error;

use freeroam_envs::words::{Split, Words};
use freeroam_envs::{GoalPlaces, Lanes, LanesConfig, Stream, world};

/// Random steps between sentences.
const STEPS: usize = 20;

#[expect(clippy::print_stdout, reason = "an example that prints")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let world = world(&arguments.next().unwrap_or_else(|| "Ant-v0".to_owned()))?;
    let seed = arguments.next().map_or(Ok(0), |seed| seed.parse())?;
    let spec = world.spec();
    let words = Words::new(spec);
    let mut lanes = Lanes::new(&world, LanesConfig { seed, ..LanesConfig::default() })?;
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch)?;
    let (mut noise, mut stream) = (Stream::new(seed, "policy", 0), Stream::new(seed, "words", 0));
    let places = GoalPlaces::new(spec)?;
    let mut action = vec![0.0; spec.action.len()];
    for told in 0..10 {
        for _ in 0..STEPS {
            noise.fill_uniform(-1.0, 1.0, &mut action);
            lanes.step_into(&action, &mut batch)?;
        }
        let goal = (told >= 6).then(|| places.draw(&mut noise));
        let facts = words.facts(&batch.observation, goal);
        let text = words.describe(&facts, Split::All, &mut stream).unwrap_or_default();
        println!("{:6.1} s  {text}", spec.dt * ((told + 1) * STEPS) as f64);
    }
    println!();
    let from = spec.place(&batch.observation);
    for text in (0..5).filter_map(|_| words.instruct(from, Split::All, &mut stream)) {
        let [x, y] = words.follow(&text, from)?;
        println!("from ({:.1}, {:.1}) to ({x:.1}, {y:.1}): {text}", from[0], from[1]);
    }
    println!();
    for pair in words.pairs(8, Split::All, &mut stream) {
        println!("{:.2}  {}\n      {}", pair.gold, pair.first, pair.second);
    }
    Ok(())
}
