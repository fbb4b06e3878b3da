//! Data sets and their files, between NumPy arrays.

use std::{collections::BTreeMap, fs::File, io::BufReader, path::PathBuf};

use freeroam_agents::REPLAY;
use freeroam_replay::{
    Replay, Shape, Transitions,
    dataset::{
        self, Columns, Compression, Dataset, DatasetError, Rows, exorl,
        minari::{self, Bounds, Description},
        ogbench,
    },
};
use freeroam_trainer::{newest_checkpoint, run_config};
use numpy::{
    Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray, PyReadonlyArray1, PyReadonlyArray2,
    PyUntypedArrayMethods, ndarray::Dimension,
};
use pyo3::{prelude::*, types::PyDict};

use crate::error::{from_dataset, refuse};

/// The columns of a data set as Python hands them over: observations, actions, rewards, terminated, truncated, starts,
/// extras; arrays in C order.
#[derive(FromPyObject)]
pub(crate) struct Arrays<'py>(
    PyReadonlyArray2<'py, f32>,
    PyReadonlyArray2<'py, f32>,
    Option<PyReadonlyArray1<'py, f32>>,
    PyReadonlyArray1<'py, bool>,
    PyReadonlyArray1<'py, bool>,
    PyReadonlyArray1<'py, i64>,
    BTreeMap<String, PyReadonlyArray2<'py, f32>>,
);

/// The columns of a data set as Python gets them, in the same order.
type NewArrays<'py> = (
    Bound<'py, PyArray2<f32>>,
    Bound<'py, PyArray2<f32>>,
    Option<Bound<'py, PyArray1<f32>>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyDict>,
);

/// A column that Python holds, for as long as a call.
#[derive(Clone, Copy)]
struct Borrowed<'a> {
    width: usize,
    values: &'a [f32],
}

impl Borrowed<'_> {
    fn copy(self) -> Rows {
        Rows { width: self.width, values: self.values.to_vec() }
    }
}

impl Arrays<'_> {
    /// Does something with a data set of copies of the arrays, while other threads of Python run.
    fn with<R: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&Dataset) -> Result<R, DatasetError> + Send,
    ) -> PyResult<R> {
        let Self(observations, actions, rewards, terminated, truncated, starts, extras) = self;
        let (observations, actions) = (rows(observations)?, rows(actions)?);
        let rewards = rewards.as_ref().map(slice).transpose()?;
        let (terminated, truncated, starts) = (slice(terminated)?, slice(truncated)?, slice(starts)?);
        let extras = extras.iter().map(|(name, column)| Ok((name, rows(column)?))).collect::<PyResult<Vec<_>>>()?;
        py.detach(|| {
            let columns = Columns {
                observations: observations.copy(),
                actions: actions.copy(),
                rewards: rewards.map(<[f32]>::to_vec),
                terminated: terminated.to_vec(),
                truncated: truncated.to_vec(),
                // A negative one is too large then, and refused as such.
                starts: starts.iter().map(|&start| usize::try_from(start).unwrap_or(usize::MAX)).collect(),
                extras: extras.iter().map(|&(name, column)| (name.clone(), column.copy())).collect(),
            };
            act(&Dataset::new(columns)?)
        })
        .map_err(from_dataset)
    }
}

fn rows<'a>(array: &'a PyReadonlyArray2<'_, f32>) -> PyResult<Borrowed<'a>> {
    Ok(Borrowed { width: array.shape()[1], values: slice(array)? })
}

fn slice<'a, T: Element, D: Dimension>(array: &'a PyReadonlyArray<'_, T, D>) -> PyResult<&'a [T]> {
    let slice = array.as_slice().ok().filter(|_| array.is_c_contiguous());
    slice.ok_or_else(|| refuse("an array is not in C order; pass it through numpy.ascontiguousarray"))
}

/// Hands a data set over to Python; large columns are not copied.
fn arrays(py: Python<'_>, dataset: Dataset) -> PyResult<NewArrays<'_>> {
    let Columns { observations, actions, rewards, terminated, truncated, starts, extras } = dataset.into_columns();
    let rows = |Rows { width, values }: Rows| {
        let shape = [values.len() / width, width];
        PyArray1::from_vec(py, values).reshape(shape)
    };
    let named = PyDict::new(py);
    for (name, column) in extras {
        named.set_item(name, rows(column)?)?;
    }
    Ok((
        rows(observations)?,
        rows(actions)?,
        rewards.map(|rewards| PyArray1::from_vec(py, rewards)),
        PyArray1::from_vec(py, terminated),
        PyArray1::from_vec(py, truncated),
        PyArray1::from_vec(py, starts.into_iter().map(|start| start as i64).collect()),
        named,
    ))
}

/// Reads an npz of OGBench.
#[pyfunction]
pub(crate) fn read_ogbench(py: Python<'_>, path: PathBuf) -> PyResult<NewArrays<'_>> {
    let dataset = py.detach(|| ogbench::read(&path)).map_err(from_dataset)?;
    arrays(py, dataset)
}

/// Writes an npz of OGBench.
#[pyfunction]
pub(crate) fn write_ogbench(py: Python<'_>, columns: Arrays<'_>, path: PathBuf, compress: bool) -> PyResult<()> {
    let compression = if compress { Compression::Deflate } else { Compression::Stored };
    columns.with(py, |dataset| ogbench::write(dataset, &path, compression))
}

/// Where OGBench looks for the validation data beside `path`.
#[pyfunction]
pub(crate) fn ogbench_validation_path(path: PathBuf) -> PathBuf {
    ogbench::validation_path(&path)
}

/// Reads an episode of ExORL, or a folder of them.
#[pyfunction]
pub(crate) fn read_exorl(py: Python<'_>, path: PathBuf) -> PyResult<NewArrays<'_>> {
    let dataset = py.detach(|| exorl::read(&path)).map_err(from_dataset)?;
    arrays(py, dataset)
}

/// Reads the data set of Minari called `id` below `root`.
#[pyfunction]
pub(crate) fn read_minari<'py>(py: Python<'py>, root: PathBuf, id: &str) -> PyResult<NewArrays<'py>> {
    let dataset = py.detach(|| minari::read(&minari::folder(&root, id)?)).map_err(from_dataset)?;
    arrays(py, dataset)
}

/// Writes a data set of Minari called `id` below `root`; its folder.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn write_minari(
    py: Python<'_>,
    columns: Arrays<'_>,
    root: PathBuf,
    id: String,
    observation_space: Option<(Vec<f32>, Vec<f32>)>,
    action_space: Option<(Vec<f32>, Vec<f32>)>,
    env_spec: Option<String>,
    author: Vec<String>,
    author_email: Vec<String>,
    algorithm_name: Option<String>,
    code_permalink: Option<String>,
    description: Option<String>,
    requirements: Vec<String>,
) -> PyResult<PathBuf> {
    let bounds = |(low, high)| Bounds { low, high };
    let description = Description {
        id,
        observation_space: observation_space.map(bounds),
        action_space: action_space.map(bounds),
        env_spec,
        author,
        author_email,
        algorithm_name,
        code_permalink,
        description,
        requirements,
    };
    columns.with(py, |dataset| minari::write(dataset, &root, &description))
}

/// The replay of the newest checkpoint of a run, and the id of the run's world.
#[pyfunction]
pub(crate) fn read_run(py: Python<'_>, run: PathBuf) -> PyResult<(NewArrays<'_>, Option<String>)> {
    let (dataset, world) = py.detach(|| -> PyResult<_> {
        let world = run_config(&run).map_err(refuse)?.get("env").and_then(|env| env.as_str().map(str::to_owned));
        let path = newest_checkpoint(&run).map_err(refuse)?.learner().join(REPLAY);
        let file = File::open(&path).map_err(|source| from_dataset(DatasetError::Io { path, source }))?;
        let replay = Replay::load(&mut BufReader::new(file)).map_err(refuse)?;
        Ok((Dataset::from_replay(&replay), world))
    })?;
    Ok((arrays(py, dataset)?, world))
}

/// Keeps every step of some lanes; `None` once it has been asked for them.
#[pyclass(module = "freeroam._native")]
pub(crate) struct Recorder(Option<dataset::Recorder>);

#[pymethods]
impl Recorder {
    #[new]
    #[pyo3(signature = (lanes, observation, action, task = 0))]
    fn new(lanes: usize, observation: usize, action: usize, task: usize) -> PyResult<Self> {
        let recorder = dataset::Recorder::new(Shape { observation, action, task, frame: 0 }, lanes).map_err(refuse)?;
        Ok(Self(Some(recorder)))
    }

    /// Keeps one step of all lanes, but for those where `skip` is true.
    #[expect(clippy::too_many_arguments, reason = "one for each column")]
    fn push(
        &mut self,
        observation: PyReadonlyArray2<'_, f32>,
        action: PyReadonlyArray2<'_, f32>,
        task: Option<PyReadonlyArray2<'_, f32>>,
        reward: PyReadonlyArray1<'_, f32>,
        terminated: PyReadonlyArray1<'_, bool>,
        truncated: PyReadonlyArray1<'_, bool>,
        next_observation: PyReadonlyArray2<'_, f32>,
        skip: PyReadonlyArray1<'_, bool>,
    ) -> PyResult<()> {
        let step = Transitions {
            observation: slice(&observation)?,
            action: slice(&action)?,
            task: task.as_ref().map_or(Ok(&[][..]), slice)?,
            reward: slice(&reward)?,
            terminated: slice(&terminated)?,
            truncated: slice(&truncated)?,
            next_observation: slice(&next_observation)?,
            frames: &[],
            next_frames: &[],
            skip: slice(&skip)?,
        };
        self.0.as_mut().ok_or_else(finished)?.push(&step).map_err(refuse)
    }

    /// What was kept. The recorder is of no further use.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<NewArrays<'py>> {
        let recorder = self.0.take().ok_or_else(finished)?;
        arrays(py, py.detach(|| recorder.finish()))
    }
}

fn finished() -> PyErr {
    refuse("the recorder has finished; make a new one")
}
