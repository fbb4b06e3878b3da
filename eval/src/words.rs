//! Goals in words.
//!
//! A run on pairs of the same world ([`Matcher`]) reads a sentence and sees places; the policy goes to the place that
//! looks most like what the sentence says:
//!
//! ```text
//! places all over the world ─────────────────────────camera, image tower──┐
//!                                                                         ├─► cosines ──► place ──► goal of the policy
//! sentence, and all of the world that say as much ──────────text tower────┘
//!
//! p(sentence | place) = exp(cosine / T) / sum over the sentences that say as much
//! ```
//!
//! A place that looks a little like every sentence is so no better than one that looks like this one alone. Shares are
//! averaged over the neighbourhood of a place, so that one odd picture does not decide; the largest is the goal.
//! Nothing is trained for it, and the policy never sees a sentence.

use std::collections::BTreeMap;

use freeroam_agents::represent::Matcher;
use freeroam_agents::{Eyes, Policy, RolloutConfig};
use freeroam_envs::words::{Facts, Kind, Split, Words};
use freeroam_envs::{GoalPlaces, Spec};
use freeroam_trainer::TrainerError;

use crate::EvalError;
use crate::goals::{GoalPolicy, GoalRollouts, directed, reach};
use crate::measure::{Measure, uniform};
use crate::report::{Sentence, Worded};
use crate::stats::bootstrap_ratio;

/// Wordings of each held-out combination.
const WORDINGS: usize = 3;
/// Places that may become goals, drawn as goals are.
const PLACES: usize = 3000;
/// Radius over which shares are averaged, of [`Spec::bin`].
const NEAR: f64 = 1.0;
/// Temperature `T`: that with which CLIP starts.
const TEMPERATURE: f32 = 0.07;

/// A sentence and what it says.
struct Prompt {
    text: String,
    facts: Facts,
    /// A place in the middle of what it says.
    middle: [f64; 2],
}

impl Measure<'_> {
    /// What `policy` does with `sentences`, or where there are none with sentences of combinations that the training of
    /// `matcher` never had; and the episodes, in the order of the sentences. `run` is what the
    /// matcher is called.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when the matcher is of another world, when the policy cannot be sent to a place, for a
    /// sentence that is not of the world's language or names no place; other errors when the world fails.
    pub fn in_words(
        &self,
        policy: &Policy,
        (matcher, run): (&Matcher, &str),
        sentences: &[String],
    ) -> Result<(Worded, GoalRollouts), EvalError> {
        self.fits(policy, (matcher, run))?;
        let held_out = sentences.is_empty();
        let prompts = if held_out { self.held_out(matcher.words()) } else { given(matcher.words(), sentences)? };
        if prompts.is_empty() {
            let what = format!("the list of held-out sentences of {}", self.config.env);
            return Err(EvalError::Empty { what, expected: "one".into() });
        }
        let (drawn, stream) = (GoalPlaces::new(self.spec())?, &mut self.stream("places for words", 0));
        let places: Vec<[f32; 2]> = (0..PLACES).map(|_| drawn.draw(stream).map(|x| x as f32)).collect();
        let found = self.found(&prompts, matcher, &places)?;
        let middles: Vec<[f64; 2]> = prompts.iter().map(|prompt| prompt.middle).collect();

        let (eyes, mut stream) = (policy.eyes(), self.stream("evaluation tasks", 0));
        let (shown, success) =
            self.come_true(&prompts, matcher.words(), &found, eyes, &mut directed(policy, &mut stream))?;
        let mut stream = self.stream("evaluation tasks", 0);
        let (_, by_state) =
            self.come_true(&prompts, matcher.words(), &middles, eyes, &mut directed(policy, &mut stream))?;
        let mut noise = self.stream("evaluation random", 0);
        let (numbers, actions) = (self.spec().observation.len(), self.spec().action.len());
        let mut random = |observations: &[f32], _: &[f32]| uniform(observations.len() / numbers * actions, &mut noise);
        let (_, random) = self.come_true(&prompts, matcher.words(), &middles, None, &mut random)?;

        let fits: Vec<bool> = prompts
            .iter()
            .zip(&found)
            .map(|(prompt, place)| holds(matcher.words(), self.spec(), prompt, *place))
            .collect();
        let mean = |shares: &[f64]| self.over_goals(&by_combination(&prompts, shares));
        let fit: Vec<f64> = fits.iter().map(|fits| f64::from(u8::from(*fits))).collect();
        let ratio = if by_state.iter().any(|share| *share > 0.0) {
            let [success, by_state] = [&success, &by_state].map(|shares| by_combination(&prompts, shares));
            let resamples = self.config.evaluate.resamples;
            Some(bootstrap_ratio(&success, &by_state, resamples, &mut self.stream("bootstrap", 0))?)
        } else {
            None
        };
        let each = prompts.iter().enumerate().map(|(at, prompt)| Sentence {
            prompt: prompt.text.clone(),
            place: found[at],
            holds: fits[at],
            success: success[at],
            by_state: by_state[at],
        });
        let worded = Worded {
            env: self.config.env.clone(),
            objective: self.config.objective.clone(),
            words: run.to_owned(),
            held_out,
            episodes: self.config.evaluate.episodes,
            places: places.len(),
            found: mean(&fit)?,
            success: mean(&success)?,
            by_state: mean(&by_state)?,
            random: mean(&random)?,
            ratio,
            each: each.collect(),
        };
        Ok((worded, shown))
    }

    /// The place for each prompt, of `places`.
    fn found(&self, prompts: &[Prompt], matcher: &Matcher, places: &[[f32; 2]]) -> Result<Vec<[f64; 2]>, EvalError> {
        let stream = &mut self.stream("other sentences", 0);
        let others: Vec<Facts> = matcher.words().meanings(Split::All).filter(is_place).collect();
        let texts = prompts.iter().map(|prompt| prompt.text.clone());
        let texts: Vec<String> = texts.chain(others.iter().map(|facts| matcher.words().say(facts, stream))).collect();
        let cosines = matcher.cosines(&texts, places)?;
        let rows: Vec<&[f32]> = cosines.chunks_exact(places.len()).collect();
        let (own, others_rows) = rows.split_at(prompts.len());
        let place = |(prompt, own): (&Prompt, &&[f32])| {
            let as_much = |(facts, _): &(&Facts, &&[f32])| kinds(facts).eq(kinds(&prompt.facts));
            let beside: Vec<&[f32]> = others.iter().zip(others_rows).filter(as_much).map(|(_, row)| *row).collect();
            best(&shares(own, &beside), places, NEAR * self.spec().bin)
        };
        Ok(prompts.iter().zip(own).map(place).collect())
    }

    /// Refuses a matcher of another world, and a policy that cannot be sent to a place.
    fn fits(&self, policy: &Policy, (matcher, run): (&Matcher, &str)) -> Result<(), TrainerError> {
        let config = self.config;
        if !policy.points_to_goals() || self.spec().position.is_empty() {
            let reason = if self.spec().position.is_empty() {
                format!("observations of `{}` do not show the place of the body", config.env)
            } else {
                format!("a policy of `{}` takes no goals", config.objective)
            };
            let expected = "prompts in words are for policies that can be sent to a place";
            return Err(TrainerError::Usage(format!("{reason}; {expected}")));
        }
        if matcher.env() != config.env {
            let reason =
                format!("it learned the words of `{}`, and the policy acts in `{}`", matcher.env(), config.env);
            return Err(TrainerError::Usage(format!("run {run}: {reason}")));
        }
        Ok(())
    }

    /// Sentences of all held-out combinations that say where the body is and nothing else.
    fn held_out(&self, words: &Words) -> Vec<Prompt> {
        let stream = &mut self.stream("held-out prompts", 0);
        let mut prompts = Vec::new();
        for facts in words.meanings(Split::HeldOut).filter(is_place) {
            for _ in 0..WORDINGS {
                let text = words.say(&facts, stream);
                if let Ok(middle) = words.goal_of(&text) {
                    prompts.push(Prompt { text, facts: facts.clone(), middle });
                }
            }
        }
        prompts
    }

    /// Sends the policy to the goal of each prompt, several times, and says how often the sentence came true,
    /// `[prompts]`.
    fn come_true(
        &self,
        prompts: &[Prompt],
        words: &Words,
        goals: &[[f64; 2]],
        eyes: Option<&Eyes>,
        act: &mut GoalPolicy<'_>,
    ) -> Result<(GoalRollouts, Vec<f64>), EvalError> {
        let each = self.config.evaluate.episodes;
        let goals: Vec<[f64; 2]> = goals.iter().flat_map(|goal| vec![*goal; each]).collect();
        let seed = self.stream("evaluation of prompts", 0).bits();
        let config = RolloutConfig { horizon: self.horizon, ..self.episodes(goals.len(), seed) };
        let shown = reach(self.world, config, None, &goals, eyes, act)?;
        let success = prompts.iter().zip(shown.positions.chunks_exact(each)).map(|(prompt, paths)| {
            let true_in = |path: &&Vec<[f64; 2]>| path.iter().any(|place| holds(words, self.spec(), prompt, *place));
            paths.iter().filter(true_in).count() as f64 / each as f64
        });
        let success = success.collect();
        Ok((shown, success))
    }
}

/// Means of `shares`, `[prompts]`, over the prompts that say the same, `[combinations]`: their wordings are no goals of their own.
fn by_combination(prompts: &[Prompt], shares: &[f64]) -> Vec<f64> {
    let mut combinations: BTreeMap<&Facts, Vec<f64>> = BTreeMap::new();
    for (prompt, share) in prompts.iter().zip(shares) {
        combinations.entry(&prompt.facts).or_default().push(*share);
    }
    combinations.into_values().map(|wordings| wordings.iter().sum::<f64>() / wordings.len() as f64).collect()
}

/// Whether facts say where the body is and nothing else.
fn is_place(facts: &Facts) -> bool {
    kinds(facts).all(|kind| matches!(kind, Kind::Room | Kind::Part | Kind::Bearing | Kind::Distance))
}

/// What facts are about, in order.
fn kinds(facts: &Facts) -> impl Iterator<Item = Kind> + '_ {
    facts.iter().map(|fact| fact.claim.kind())
}

/// How much of each place is a sentence's, of all sentences beside it: from cosines, `[places]` each.
fn shares(own: &[f32], beside: &[&[f32]]) -> Vec<f32> {
    let weight = |cosine: f32| (cosine / TEMPERATURE).exp();
    let share = |(at, cosine): (usize, &f32)| {
        let others: f32 = beside.iter().map(|row| weight(row[at])).sum();
        weight(*cosine) / (weight(*cosine) + others)
    };
    own.iter().enumerate().map(share).collect()
}

/// The sentences of the user's.
fn given(words: &Words, sentences: &[String]) -> Result<Vec<Prompt>, TrainerError> {
    let usage = |error: freeroam_envs::EnvsError| TrainerError::Usage(format!("prompt: {error}"));
    let prompt = |text: &String| {
        let (facts, middle) = (words.state(text).map_err(usage)?, words.goal_of(text).map_err(usage)?);
        if !is_place(&facts) {
            let expected = "expected one that says where the body is and nothing else, since goals are places";
            return Err(TrainerError::Usage(format!("prompt `{text}`: {expected}")));
        }
        Ok(Prompt { text: text.clone(), facts, middle })
    };
    sentences.iter().map(prompt).collect()
}

/// Whether a sentence holds at a place. What else an observation shows does not matter to it.
fn holds(words: &Words, spec: &Spec, prompt: &Prompt, place: [f64; 2]) -> bool {
    let observation = vec![0.0; spec.observation.len()];
    words.facts_at(place, &observation, None).include(&prompt.facts)
}

/// The place with the highest mean of `values` of all places within `radius` metres.
fn best(values: &[f32], places: &[[f32; 2]], radius: f64) -> [f64; 2] {
    let near = |a: &[f32; 2], b: &[f32; 2]| f64::from((a[0] - b[0]).hypot(a[1] - b[1])) <= radius;
    let mean = |at: &[f32; 2]| {
        let (sum, count) = values
            .iter()
            .zip(places)
            .filter(|(_, place)| near(at, place))
            .fold((0.0, 0.0_f32), |(sum, count), (value, _)| (sum + value, count + 1.0));
        sum / count.max(1.0)
    };
    let means = places.iter().map(|place| (mean(place), place));
    means.max_by(|a, b| a.0.total_cmp(&b.0)).map_or([0.0; 2], |(_, place)| place.map(f64::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbourhood_decides_not_one_picture() {
        let places = [[0.0, 0.0], [0.4, 0.0], [0.8, 0.0], [9.0, 9.0], [9.4, 9.0]];
        assert_eq!(best(&[0.6, 0.7, 0.6, 0.9, 0.0], &places, 0.5)[1], 0.0);
        assert_eq!(best(&[0.1, 0.2, 0.1, 0.8, 0.9], &places, 0.5)[1], 9.0);
        assert_eq!(best(&[0.6, 0.7, 0.6, 0.9, 0.0], &places, 0.1), [9.0, 9.0]);
    }

    #[test]
    fn a_place_like_every_sentence_is_no_better_than_one_like_this_alone() {
        let [everyone, alone] = [0, 1].map(|at| shares(&[0.9, 0.6], &[&[0.9, 0.1], &[0.8, 0.0]])[at]);
        assert!(everyone < 0.5 && alone > 0.99, "{everyone} {alone}");
    }

    #[test]
    fn wordings_of_one_combination_count_once() {
        let words = Words::new(freeroam_envs::world("AntMaze-Large-v0").expect("registered").spec());
        let texts = ["the ant is in the north-east room", "go to the south-west room", "go to the north-east room"];
        let prompts = given(&words, &texts.map(str::to_owned)).expect("places");
        let mut shares = by_combination(&prompts, &[0.5, 0.25, 1.0]);
        shares.sort_unstable_by(f64::total_cmp);
        assert_eq!(shares, [0.25, 0.75]);
    }

    #[test]
    fn prompts_that_are_no_places_are_refused() {
        let words = Words::new(freeroam_envs::world("AntMaze-Large-v0").expect("registered").spec());
        let error = |text: &str| given(&words, &[text.to_owned()]).map(|_| ()).expect_err("refused").to_string();
        assert!(error("the ant is in the nroth room").contains("did you mean `north`"));
        assert!(error("the ant is upside down").contains("names no room"));
        let more = "the ant is in the north-east room and it is upside down";
        assert!(error(more).contains("says where the body is and nothing else"), "{}", error(more));
        assert!(given(&words, &["go to the north-east room".to_owned()]).is_ok());
    }
}
