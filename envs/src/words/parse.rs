//! From sentences back to what they say.

use super::grammar::{Grammar, Mood, Piece, Template};
use super::lexicon::Meaning;
use super::{Facts, Kind, Leg, Sentence, Subject};
use crate::EnvsError;

/// One reading of a template: where it ends, and what is in its slots.
type Reading = (usize, Vec<Meaning>);

/// What has been read up to a token.
#[derive(Clone, Debug, Default)]
struct State {
    subject: Option<Subject>,
    facts: Facts,
    legs: Vec<Leg>,
    clauses: usize,
}

/// Reads a sentence.
struct Reader<'a> {
    grammar: &'a Grammar,
    /// Words by their numbers in the grammar.
    tokens: &'a [usize],
    /// The farthest token that no template could read.
    stuck: usize,
    /// Why the last whole reading was refused.
    refused: Option<String>,
}

impl Grammar {
    /// What a sentence says. Capital letters and full stops do not count.
    pub(super) fn parse(&self, sentence: &str) -> Result<Sentence, EnvsError> {
        let number = |word: String| {
            self.words.binary_search(&word).map_err(|_| {
                let distance = |known: &&String| strsim::damerau_levenshtein(&word, known);
                let nearest = self.words.iter().min_by_key(distance).cloned().unwrap_or_default();
                EnvsError::UnknownWord { word: word.clone(), sentence: sentence.to_owned(), nearest }
            })
        };
        let tokens = words_of(sentence).into_iter().map(number).collect::<Result<Vec<_>, _>>()?;
        let mut reader = Reader { grammar: self, tokens: &tokens, stuck: 0, refused: None };
        reader.read(0, &State::default()).ok_or_else(|| {
            let reason = reader.refused.take().unwrap_or_else(|| reader.place_of_failure());
            EnvsError::Sentence { sentence: sentence.to_owned(), reason }
        })
    }
}

/// Lower-case words, commas and semicolons. Directions in one word get their hyphen.
fn words_of(sentence: &str) -> Vec<String> {
    let spaced = sentence.to_lowercase().replace(',', " , ").replace(';', " ; ").replace(['.', '!', '"', '`'], " ");
    spaced.split_whitespace().map(hyphenated).collect()
}

/// `northeast` as `north-east`, and so on.
fn hyphenated(word: &str) -> String {
    for first in ["north", "south"] {
        if let Some(rest) = word.strip_prefix(first)
            && (rest.starts_with("east") || rest.starts_with("west"))
        {
            return format!("{first}-{rest}");
        }
    }
    word.to_owned()
}

impl Reader<'_> {
    /// Reads from token `at` to the end: the longest templates first, others where what follows cannot be read.
    fn read(&mut self, at: usize, state: &State) -> Option<Sentence> {
        if at == self.tokens.len() {
            return self.whole(state);
        }
        let grammar = self.grammar;
        let mut readings: Vec<(&Template, Reading)> = Vec::new();
        for template in &grammar.templates {
            let mut ends = Vec::new();
            self.match_pieces(&template.pieces, at, &mut Vec::new(), &mut ends);
            readings.extend(ends.into_iter().map(|reading| (template, reading)));
        }
        readings.sort_by_key(|(_, (end, _))| std::cmp::Reverse(*end));
        for (template, (end, meanings)) in readings {
            if end > at
                && let Some(next) = self.add(state, template.mood, &meanings)
                && let Some(sentence) = self.read(end, &next)
            {
                return Some(sentence);
            }
        }
        self.stuck = self.stuck.max(at);
        None
    }

    /// All ways in which the pieces match the tokens from `at` on.
    fn match_pieces(&mut self, pieces: &[Piece], at: usize, found: &mut Vec<Meaning>, ends: &mut Vec<Reading>) {
        let Some((piece, rest)) = pieces.split_first() else {
            ends.push((at, found.clone()));
            return;
        };
        for text in &piece.texts {
            let tokens = self.tokens.get(at..).unwrap_or_default();
            let same = text.words.iter().zip(tokens).take_while(|(word, token)| word == token).count();
            self.stuck = self.stuck.max(at + same);
            if same == text.words.len() {
                found.extend(text.meaning);
                self.match_pieces(rest, at + same, found, ends);
                found.truncate(found.len() - usize::from(text.meaning.is_some()));
            }
        }
    }

    /// The state after a clause; `None` where it does not fit.
    fn add(&mut self, state: &State, mood: Mood, meanings: &[Meaning]) -> Option<State> {
        let mut next = state.clone();
        match mood {
            Mood::Join => return (state.clauses > 0 || state.subject.is_some()).then_some(next),
            Mood::Start(subject) => {
                next.subject = Some(subject);
                return Some(next);
            }
            Mood::Leg => {
                let (mut count, mut direction) = (None, None);
                for meaning in meanings {
                    match *meaning {
                        Meaning::Count(value) => count = Some(value),
                        Meaning::Way(value) => direction = Some(value),
                        Meaning::Claim(_) => {}
                    }
                }
                next.legs.push(Leg { count: count?, direction: direction? });
            }
            Mood::Predicate | Mood::Command => {
                let subject =
                    if mood == Mood::Command { Subject::Body } else { state.subject.unwrap_or(Subject::Body) };
                for meaning in meanings {
                    if let Meaning::Claim(claim) = *meaning
                        && !next.facts.insert(subject, claim)
                    {
                        self.refused = Some("it says two things that cannot both be true".to_owned());
                        return None;
                    }
                }
            }
        }
        next.clauses += 1;
        Some(next)
    }

    /// What all clauses together say.
    fn whole(&mut self, state: &State) -> Option<Sentence> {
        let about_goal = |fact: super::Fact| fact.subject == Subject::Goal;
        let alone = |kind, parent| {
            [Subject::Body, Subject::Goal]
                .into_iter()
                .any(|subject| state.facts.get(subject, kind).is_some() && state.facts.get(subject, parent).is_none())
        };
        let reason = if self.tokens.is_empty() {
            "there are no words"
        } else if state.clauses == 0 {
            "it says nothing"
        } else if !state.legs.is_empty() && !state.facts.is_empty() {
            "it mixes a way to go with the description of a state"
        } else if state.facts.iter().any(|fact| !about_goal(fact) && fact.claim.kind() == Kind::Toward) {
            "the body cannot be beside itself"
        } else if state.facts.iter().any(|fact| about_goal(fact) && is_bodily(fact.claim.kind())) {
            "a goal has no posture, heading or pace"
        } else if alone(Kind::Part, Kind::Room) {
            "it names a part of a room and no room"
        } else if state.legs.is_empty() {
            return Some(Sentence::State(state.facts.clone()));
        } else {
            return Some(Sentence::Way(state.legs.clone()));
        };
        self.refused = Some(reason.to_owned());
        None
    }

    fn place_of_failure(&self) -> String {
        let word = |&token: &usize| self.grammar.words[token].as_str();
        let before = self.tokens[..self.stuck].iter().map(word).collect::<Vec<_>>().join(" ");
        match self.tokens.get(self.stuck).map(word) {
            Some(token) if before.is_empty() => format!("no sentence begins with `{token}`"),
            Some(token) => format!("`{token}` does not fit after `{before}`"),
            None => "it ends too early".to_owned(),
        }
    }
}

fn is_bodily(kind: Kind) -> bool {
    matches!(kind, Kind::Facing | Kind::Posture | Kind::Pace | Kind::Moving)
}
