//! Templates: how facts become clauses.

use super::choose::Choose;
use super::lexicon::{self, Meaning};
use super::region::Regions;
use super::{Claim, Kind, Subject};

/// What a template makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// Begins a statement about a subject.
    Start(Subject),
    /// Follows a start.
    Predicate,
    /// Asks for a state.
    Command,
    /// Asks for a way.
    Leg,
    /// Joins clauses, or is skipped.
    Join,
}

/// Statements begin so. `@` is the body.
const STARTS: [(Subject, &str); 8] = [
    (Subject::Body, "the @ is"),
    (Subject::Body, "now the @ is"),
    (Subject::Body, "here the @ is"),
    (Subject::Body, "one sees that the @ is"),
    (Subject::Goal, "the goal is"),
    (Subject::Goal, "the target is"),
    (Subject::Goal, "the place to reach is"),
    (Subject::Goal, "one is asked to find a place that is"),
];

/// Groups in braces are slots of the lexicon, groups in brackets are choices. Each line is (what the world must have,
/// template): `m` a maze, `o` open ground, `l` a large one, `s` a small one; `a` accepts the template without ever using it.
const PREDICATES: [(&str, &str); 46] = [
    ("m", "in the {room} room"),
    ("m", "inside the {room} room"),
    ("m", "somewhere in the {room} room"),
    ("m", "within the {room} room"),
    ("m", "in the {room} area of the maze"),
    ("m", "in the {room} region of the maze"),
    ("m", "in the {part} part of the {room} room"),
    ("m", "inside the {room} room in its {part} part"),
    ("m", "in the {part} area of the {room} room"),
    ("m", "at the {side} side of the {room} room"),
    ("m", "near the {side} side of the {room} room"),
    ("m", "in the {corner} corner of the {room} room"),
    ("m", "by the {corner} corner of the {room} room"),
    ("m", "in the {core} of the {room} room"),
    ("ma", "near the {side} wall of the {room} room"),
    ("o", "{here} the (origin|centre)"),
    ("o", "{here} the (origin|centre) of the (ground|plane)"),
    ("o", "{off} the (origin|centre)"),
    ("o", "{off} the (origin|centre) of the (ground|plane)"),
    ("o", "{bearing} of the (origin|centre)"),
    ("o", "to the {bearing} of the (origin|centre)"),
    ("o", "on the {bearing} side of the (origin|centre)"),
    ("o", "out to the {bearing}"),
    ("o", "{by} {bearing} of the (origin|centre)"),
    ("o", "{by} to the {bearing} of the (origin|centre)"),
    ("o", "{by} out to the {bearing}"),
    ("o", "{by} away to the {bearing}"),
    ("o", "{off} the (origin|centre) on its {bearing} side"),
    ("", "facing {facing}"),
    ("", "looking {facing}"),
    ("", "turned to the {facing}"),
    ("", "pointing {facing}"),
    ("", "facing the {end} of the map"),
    ("m", "facing the {wall} wall"),
    ("m", "looking at the {wall} wall"),
    ("m", "turned towards the {wall} wall"),
    ("", "(|now |plainly ){posture}"),
    ("", "(|now |presently ){pace}"),
    ("", "{go} (|to the |towards the ){moving}"),
    ("", "going {moving} at a {speed} pace"),
    ("", "heading to the {moving} at a {speed} pace"),
    ("", "(|somewhere ){toward} of the @"),
    ("", "to the {toward} of the @"),
    ("", "on the {toward} side of the @"),
    ("", "{at} the @"),
    ("", "somewhere"),
];

const COMMANDS: [(&str, &str); 12] = [
    ("m", "(go to|move to|head for|get to|reach) the {room} room"),
    ("m", "(go to|move to|head for|get to|reach) the {room} area of the maze"),
    ("m", "(go to|move to|head for|get to|reach) the {part} part of the {room} room"),
    ("m", "(go to|move to|head for|get to|reach) the {side} side of the {room} room"),
    ("m", "(go to|move to|head for|get to|reach) the {corner} corner of the {room} room"),
    ("m", "(go to|move to|head for|get to|reach) the {core} of the {room} room"),
    ("o", "(go to|move to|head for|get to|reach) {origin}"),
    ("o", "(go|move|head) {by} out to the {bearing}"),
    ("o", "(go to|move to|head for|get to|reach) a place {by} {bearing} of the (origin|centre)"),
    ("o", "(go to|move to|head for|get to|reach) a place {off} the (origin|centre)"),
    ("o", "(go to|move to|head for|get to|reach) a place {bearing} of the (origin|centre)"),
    ("", "(face|turn) {facing}"),
];

const LEGS: [(&str, &str); 9] = [
    ("m", "(go|move|head|travel) {rooms} {way}"),
    ("m", "(go|move|head|travel) {rooms} to the {way}"),
    ("ma", "{rooms} (|to the) {way}"),
    ("ol", "(go|move|head|travel) {metres} {way}"),
    ("ol", "(go|move|head|travel) {metres} to the {way}"),
    ("ola", "{metres} (|to the) {way}"),
    ("os", "(go|move|head|travel) {centimetres} {way}"),
    ("os", "(go|move|head|travel) {centimetres} to the {way}"),
    ("osa", "{centimetres} (|to the) {way}"),
];

/// Between clauses about one subject, between subjects, between legs.
pub(super) const WITHIN: [&str; 6] = [", ", " and ", " and it is ", ", and it is ", " while it is ", "; it is "];
pub(super) const BETWEEN: [&str; 4] = [", and ", "; ", " while ", ", whereas "];
pub(super) const THEN: [&str; 3] = [", then ", " and then ", ", and after that "];
/// What may stand between clauses.
const JOINS: [&str; 8] = [",", ";", "and", "it is", "while", "whereas", "then", "after that"];

/// A piece of a template: a word, a choice of words, or a slot.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) texts: Vec<Text>,
    is_slot: bool,
}

/// What may stand for a piece.
#[derive(Clone, Debug)]
pub(super) struct Text {
    text: String,
    /// Its words by their numbers in [`Grammar::words`].
    pub(super) words: Vec<usize>,
    /// What it means; only in slots.
    pub(super) meaning: Option<Meaning>,
}

/// How something is said.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) mood: Mood,
    pub(super) pieces: Vec<Piece>,
    /// The kinds of the claims in its slots, sorted.
    kinds: Vec<Kind>,
    /// Understood, but not used.
    understood_only: bool,
}

/// All templates of a world.
#[derive(Clone, Debug)]
pub(super) struct Grammar {
    pub(super) templates: Vec<Template>,
    /// All words and signs, in order.
    pub(super) words: Vec<String>,
}

impl Grammar {
    /// The templates of a world of these regions, for a body of this name.
    pub(super) fn new(regions: &Regions, body: &str) -> Self {
        let (maze, small) = match regions {
            Regions::Rooms(_) => (true, false),
            Regions::Open { small, .. } => (false, *small),
        };
        let fits = |needs: &str| {
            let lacks = [('m', maze), ('o', !maze), ('l', !small), ('s', small)];
            !lacks.iter().any(|&(need, given)| needs.contains(need) && !given)
        };
        let mut templates: Vec<_> =
            STARTS.iter().map(|&(subject, text)| Template::new(Mood::Start(subject), "", text, body)).collect();
        for (mood, lines) in [(Mood::Predicate, &PREDICATES[..]), (Mood::Command, &COMMANDS), (Mood::Leg, &LEGS)] {
            let lines = lines.iter().filter(|(needs, _)| fits(needs));
            templates.extend(lines.map(|(needs, text)| Template::new(mood, needs, text, body)));
        }
        templates.extend(JOINS.iter().map(|text| Template::new(Mood::Join, "", text, body)));
        let mut words: Vec<String> = templates.iter().flat_map(Template::words).map(str::to_owned).collect();
        words.sort_unstable();
        words.dedup();
        let texts = templates.iter_mut().flat_map(|template| &mut template.pieces).flat_map(|piece| &mut piece.texts);
        for text in texts {
            let number = |word: &str| words.iter().position(|known| known == word);
            text.words = text.text.split_whitespace().filter_map(number).collect();
        }
        Self { templates, words }
    }

    /// A clause with a template of the mood for exactly these meanings; `None` where there is no such template.
    pub(super) fn clause(&self, mood: Mood, meanings: &[Meaning], choices: &mut dyn Choose) -> Option<String> {
        let mut kinds: Vec<Kind> = meanings.iter().filter_map(claim_kind).collect();
        kinds.sort_unstable();
        let fit = |template: &&Template| {
            template.mood == mood && template.kinds == kinds && !template.understood_only && template.can_say(meanings)
        };
        let fit: Vec<&Template> = self.templates.iter().filter(fit).collect();
        if fit.is_empty() { None } else { Some(fit[choices.choose(fit.len())].say(meanings, choices)) }
    }

    /// The words that are used, in alphabetical order.
    pub(super) fn vocabulary(&self) -> Vec<String> {
        let used = self.templates.iter().filter(|template| !template.understood_only);
        let mut words: Vec<&str> = used.flat_map(Template::words).collect();
        words.retain(|word| word.chars().any(char::is_alphabetic));
        words.sort_unstable();
        words.dedup();
        words.into_iter().map(str::to_owned).collect()
    }
}

fn claim_kind(meaning: &Meaning) -> Option<Kind> {
    match meaning {
        Meaning::Claim(claim) => Some(claim.kind()),
        _ => None,
    }
}

impl Template {
    fn new(mood: Mood, needs: &str, text: &str, body: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = match first {
                '{' => rest.find('}'),
                '(' => rest.find(')'),
                ' ' => Some(0),
                _ => rest.find([' ', '{', '(']).map(|next| next - 1),
            };
            let (piece, after) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
            match first {
                '{' => pieces.push(Piece::slot(piece.trim_matches(['{', '}']))),
                '(' => pieces.push(Piece::choice(piece.trim_matches(['(', ')']).split('|'))),
                ' ' => {}
                _ => pieces.push(Piece::choice([piece.replace('@', body).as_str()].into_iter())),
            }
            rest = after;
        }
        let slots = pieces.iter().filter(|piece| piece.is_slot);
        let mut kinds: Vec<Kind> = slots.filter_map(|slot| claim_kind(&slot.texts.first()?.meaning?)).collect();
        kinds.sort_unstable();
        Self { mood, pieces, kinds, understood_only: needs.contains('a') }
    }

    /// Whether every slot has words for one of the meanings, and every meaning a slot.
    fn can_say(&self, meanings: &[Meaning]) -> bool {
        let slots = || self.pieces.iter().filter(|piece| piece.is_slot);
        slots().count() == meanings.len() && slots().all(|slot| slot.spell(meanings).next().is_some())
    }

    fn say(&self, meanings: &[Meaning], choices: &mut dyn Choose) -> String {
        let mut said = String::new();
        for piece in &self.pieces {
            let chosen = choices.choose(piece.spell(meanings).count());
            let text = piece.spell(meanings).nth(chosen).unwrap_or_default();
            if !said.is_empty() && !text.is_empty() {
                said.push(' ');
            }
            said.push_str(text);
        }
        said
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().flat_map(|piece| &piece.texts).flat_map(|text| text.text.split_whitespace())
    }
}

impl Piece {
    fn slot(name: &str) -> Self {
        let text = |meaning, text: &str| Text { text: text.to_owned(), words: Vec::new(), meaning: Some(meaning) };
        let spelled = lexicon::entries(name).into_iter();
        let texts = spelled.flat_map(|(meaning, phrases)| phrases.iter().map(move |phrase| text(meaning, phrase)));
        Self { texts: texts.collect(), is_slot: true }
    }

    fn choice<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let text = |text: &str| Text { text: text.trim().to_owned(), words: Vec::new(), meaning: None };
        Self { texts: texts.map(text).collect(), is_slot: false }
    }

    /// The texts that may stand here when these meanings are said.
    fn spell<'a>(&'a self, meanings: &'a [Meaning]) -> impl Iterator<Item = &'a str> {
        let fits = |text: &&Text| text.meaning.is_none_or(|meaning| meanings.contains(&meaning));
        self.texts.iter().filter(fits).map(|text| text.text.as_str())
    }
}

/// Claims in the groups that one clause says together.
pub(super) fn clauses(claims: &[Claim]) -> Vec<Vec<Claim>> {
    let group = |claim: &Claim| match claim.kind() {
        Kind::Room | Kind::Part | Kind::Bearing | Kind::Distance => 0,
        Kind::Pace | Kind::Moving => 1,
        Kind::Facing => 2,
        Kind::Posture => 3,
        Kind::Toward => 4,
    };
    let groups = (0..5).map(|number| claims.iter().copied().filter(|claim| group(claim) == number).collect::<Vec<_>>());
    groups.filter(|group| !group.is_empty()).collect()
}
