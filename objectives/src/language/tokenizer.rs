//! Texts to numbers and back: byte-pair encoding.
//!
//! Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL 2016. Words are cut at
//! spaces and signs; characters that often stand together become one token, until the vocabulary is full.

use std::path::Path;

use freeroam_trainer::TrainerError;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::punctuation::Punctuation;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::{
    AddedToken, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, SplitDelimiterBehavior, Trainer,
};

use crate::Tokens;

/// Names of the tokens without a text, in the order of their numbers; see [`Tokens`].
const SPECIAL: [&str; Tokens::FIRST as usize] = ["[PAD]", "[START]", "[END]", "[MASK]", "[UNKNOWN]"];

/// A vocabulary and its merges; the file is that of the `tokenizers` libraries.
#[derive(Clone, Debug)]
pub struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// Learns a vocabulary of at most `vocabulary` tokens from `texts`, which must not all be empty. Equal texts give equal
    /// vocabularies. A text that spells a special token's name has nothing to do with it.
    ///
    /// # Errors
    /// [`TrainerError::Learner`] when the library fails.
    pub fn train(texts: &[String], vocabulary: usize) -> Result<Self, TrainerError> {
        // No pool of threads that a fork would leave behind.
        tokenizers::parallelism::set_parallelism(false);
        let spaces = Metaspace::new('\u{2581}', PrependScheme::Always, true);
        let cut = Sequence::new(vec![spaces.clone().into(), Punctuation::new(SplitDelimiterBehavior::Isolated).into()]);
        let mut trainer = BpeTrainer::builder()
            .vocab_size(vocabulary)
            .min_frequency(2)
            .limit_alphabet((vocabulary / 2).max(1))
            .show_progress(false)
            .special_tokens(SPECIAL.iter().map(|name| AddedToken::from(*name, true)).collect())
            .build();
        let words = |text: &str| {
            let mut text = PreTokenizedString::from(text);
            cut.pre_tokenize(&mut text)?;
            let splits = text.get_splits(OffsetReferential::Original, OffsetType::Byte);
            Ok(splits.into_iter().map(|(word, _, _)| word.to_owned()).collect())
        };
        trainer.feed(texts.iter(), words).map_err(failed)?;
        let mut model = BPE::default();
        trainer.train(&mut model).map_err(failed)?;
        model.unk_token = Some(SPECIAL[Tokens::UNKNOWN as usize].into());
        let mut tokenizer = tokenizers::Tokenizer::new(model);
        tokenizer.with_pre_tokenizer(Some(cut));
        tokenizer.with_decoder(Some(spaces));
        Ok(Self(tokenizer))
    }

    /// Reads what [`Tokenizer::write`] wrote.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when there is no such file or it is no tokenizer of this program.
    pub fn read(path: &Path) -> Result<Self, TrainerError> {
        let bad = |reason: String| TrainerError::Usage(format!("{}: {reason}", path.display()));
        tokenizers::parallelism::set_parallelism(false);
        let tokenizer = tokenizers::Tokenizer::from_file(path).map_err(|error| bad(error.to_string()))?;
        for (number, name) in (0..).zip(SPECIAL) {
            if tokenizer.token_to_id(name) != Some(number) {
                return Err(bad(format!("its token {number} is not `{name}`, expected a tokenizer of a run")));
            }
        }
        Ok(Self(tokenizer))
    }

    /// Writes the vocabulary and its merges as JSON.
    ///
    /// # Errors
    /// [`TrainerError::Learner`] when the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TrainerError> {
        self.0.save(path, true).map(|_| ()).map_err(failed)
    }

    /// Tokens of the vocabulary, the special ones included.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.0.get_vocab_size(true)
    }

    /// The tokens of a text between [`Tokens::START`] and [`Tokens::END`]; of a longer text the first `longest - 2`.
    ///
    /// # Errors
    /// [`TrainerError::Learner`] when the library fails.
    pub fn encode(&self, text: &str, longest: usize) -> Result<Vec<u32>, TrainerError> {
        let encoding = self.0.encode_fast(text, false).map_err(failed)?;
        let mut ids = Vec::with_capacity(longest.min(encoding.len() + 2));
        ids.push(Tokens::START);
        ids.extend(encoding.get_ids().iter().take(longest.saturating_sub(2)));
        ids.push(Tokens::END);
        Ok(ids)
    }

    /// The text of some tokens, special ones left out.
    ///
    /// # Errors
    /// [`TrainerError::Learner`] when the library fails.
    pub fn decode(&self, ids: &[u32]) -> Result<String, TrainerError> {
        let texts: Vec<u32> = ids.iter().copied().filter(|id| *id >= Tokens::FIRST).collect();
        self.0.decode(&texts, false).map_err(failed)
    }
}

fn failed(error: tokenizers::Error) -> TrainerError {
    TrainerError::Learner(format!("tokenizer: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<String> {
        let lines = ["the ball is in the north room", "the ball is in the south room, moving slowly", "[MASK] north"];
        lines.iter().cycle().take(30).map(ToString::to_string).collect()
    }

    #[test]
    fn texts_survive_and_equal_texts_give_equal_vocabularies() {
        let tokenizer = Tokenizer::train(&texts(), 100).expect("trains");
        let again = Tokenizer::train(&texts(), 100).expect("trains");
        let ids = tokenizer.encode("the ball is in the south room, moving", 40).expect("encodes");
        assert_eq!((ids[0], ids.last()), (Tokens::START, Some(&Tokens::END)));
        assert_eq!(tokenizer.decode(&ids).expect("decodes"), "the ball is in the south room, moving");
        assert_eq!(again.encode("the ball is in the south room, moving", 40).expect("encodes"), ids);
        assert_eq!(tokenizer.encode("the ball is in the south room", 5).expect("encodes").len(), 5);
    }

    #[test]
    fn names_of_special_tokens_are_plain_text_and_new_characters_unknown() {
        let tokenizer = Tokenizer::train(&texts(), 100).expect("trains");
        let ids = tokenizer.encode("[MASK] north", 40).expect("encodes");
        assert!(!ids.contains(&Tokens::MASK) && !ids.contains(&Tokens::UNKNOWN), "{ids:?}");
        assert!(tokenizer.encode("été", 40).expect("encodes").contains(&Tokens::UNKNOWN));
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("tokenizer.json");
        tokenizer.write(&path).expect("writes");
        let read = Tokenizer::read(&path).expect("reads");
        assert_eq!(
            read.encode("a [MASK] room", 40).expect("encodes"),
            tokenizer.encode("a [MASK] room", 40).expect("encodes")
        );
        assert_eq!(read.vocabulary(), tokenizer.vocabulary());
        assert!(Tokenizer::read(&dir.path().join("none.json")).is_err());
    }
}
