//! The English of a world.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use freeroam_envs::{
    Spec, Stream,
    words::{Split, Words as Language},
};
use numpy::{AllowTypeChange, PyArray1, PyArrayLike1, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::{
    arrays::read_floats,
    error::{from_envs, refuse},
    settings::named,
};

/// What [`Split`] is called.
const SPLITS: [(&str, Split); 3] = [("all", Split::All), ("train", Split::Train), ("held_out", Split::HeldOut)];

type Place<'py> = PyArrayLike1<'py, f64, AllowTypeChange>;

/// Sentences about the states and goals of a world.
#[pyclass(frozen, module = "freeroam._native")]
pub(crate) struct Words {
    spec: Arc<Spec>,
    language: Language,
    stream: Mutex<Stream>,
}

#[pymethods]
impl Words {
    #[new]
    #[pyo3(signature = (world, seed = 0))]
    fn new(py: Python<'_>, world: &str, seed: u64) -> PyResult<Self> {
        let world = py.detach(|| freeroam_envs::world(world)).map_err(from_envs)?;
        let spec = Arc::clone(world.spec());
        Ok(Self { language: Language::new(&spec), spec, stream: Mutex::new(Stream::new(seed, "words", 0)) })
    }

    /// A sentence that is true of an observation.
    #[pyo3(signature = (observation, goal = None, *, split = "all"))]
    fn describe(
        &self,
        observation: &Bound<'_, PyAny>,
        goal: Option<Place<'_>>,
        split: &str,
    ) -> PyResult<Option<String>> {
        let split = named("split", split, &SPLITS)?;
        let goal = goal.as_ref().map(|goal| place("goal", goal)).transpose()?;
        let facts = self.language.facts(&self.read(observation)?, goal);
        Ok(self.language.describe(&facts, split, &mut self.stream()))
    }

    /// A sentence that asks for the place of an observation.
    fn ask(&self, observation: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let facts = self.language.facts(&self.read(observation)?, None);
        Ok(self.language.ask(&facts, &mut self.stream()))
    }

    /// A sentence that says where to go from a place.
    #[pyo3(signature = (start, *, split = "all"))]
    fn instruct(&self, start: Place<'_>, split: &str) -> PyResult<Option<String>> {
        let split = named("split", split, &SPLITS)?;
        Ok(self.language.instruct(place("start", &start)?, split, &mut self.stream()))
    }

    /// Whether a sentence holds in an observation.
    fn satisfies(&self, sentence: &str, observation: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.language.satisfies(sentence, &self.read(observation)?).map_err(from_envs)
    }

    /// The place that a sentence names.
    fn goal_of<'py>(&self, py: Python<'py>, sentence: &str) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let goal = self.language.goal_of(sentence).map_err(from_envs)?;
        Ok(PyArray1::from_slice(py, &goal))
    }

    /// Where an instruction leads.
    fn follow<'py>(&self, py: Python<'py>, sentence: &str, start: Place<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let end = self.language.follow(sentence, place("start", &start)?).map_err(from_envs)?;
        Ok(PyArray1::from_slice(py, &end))
    }

    /// How alike two sentences are.
    fn similarity(&self, first: &str, second: &str) -> PyResult<f64> {
        self.language.similarity(first, second).map_err(from_envs)
    }

    /// All words.
    #[getter]
    fn vocabulary(&self) -> Vec<String> {
        self.language.vocabulary()
    }

    /// Pairs of sentences with how alike they are.
    #[pyo3(signature = (count, *, split = "all"))]
    fn pairs(&self, count: usize, split: &str) -> PyResult<Vec<(String, String, f64)>> {
        let split = named("split", split, &SPLITS)?;
        let pairs = self.language.pairs(count, split, &mut self.stream());
        Ok(pairs.into_iter().map(|pair| (pair.first, pair.second, pair.gold)).collect())
    }

    fn __repr__(&self) -> String {
        format!("freeroam.Words({:?})", self.spec.id)
    }
}

impl Words {
    fn stream(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, observation: &Bound<'_, PyAny>) -> PyResult<Vec<f32>> {
        let mut values = vec![0.0; self.spec.observation.len()];
        read_floats(observation, "the observation", &[values.len()], &mut values)?;
        Ok(values)
    }
}

/// A place (x, y), metres.
fn place(what: &str, array: &Place<'_>) -> PyResult<[f64; 2]> {
    match array.as_array().to_vec()[..] {
        [x, y] if x.is_finite() && y.is_finite() => Ok([x, y]),
        _ => Err(refuse(format!("{what} has {} numbers, expected two finite ones, x and y in metres", array.len()))),
    }
}
