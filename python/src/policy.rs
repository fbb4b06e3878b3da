//! The policy of a run: actions for NumPy arrays.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use freeroam_agents::{Act, EXPORT};
use freeroam_envs::Stream;
use freeroam_objectives::TaskLaw;
use freeroam_trainer::TrainerError;
use numpy::{AllowTypeChange, IxDyn, PyArray1, PyArrayDyn, PyArrayLikeDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::error::{from_eval, refuse};

/// What acts in a run, and the geometry of its skills.
#[pyclass(frozen, module = "freeroam")]
pub(crate) struct Policy {
    law: TaskLaw,
    observation: usize,
    action: usize,
    folder: PathBuf,
    state: Mutex<State>,
}

/// Only locked while the interpreter's lock is released, so that no two threads wait for each other.
struct State {
    policy: freeroam_agents::Policy,
    /// For calls without a seed.
    stream: Stream,
}

/// Rows of numbers, or one row.
struct Rows {
    values: Vec<f32>,
    /// Rows; nothing where the array was a single row without its own axis.
    count: Option<usize>,
}

#[pymethods]
impl Policy {
    #[new]
    #[pyo3(signature = (run, checkpoint = None, *, device = None))]
    fn new(py: Python<'_>, run: PathBuf, checkpoint: Option<PathBuf>, device: Option<&str>) -> PyResult<Self> {
        let checkpoint = checkpoint.map(|path| name_in(&run, &path)).transpose()?;
        py.detach(|| {
            let (policy, config, folder) = freeroam_agents::Policy::of_run(&run, checkpoint.as_deref(), device)?;
            if policy.eyes().is_some() {
                let (run, env) = (run.display(), &config.env);
                let reason = "and a Policy takes observations; `evaluate` measures it";
                return Err(TrainerError::Usage(format!("{run}: its policy acts by the frames of `{env}`, {reason}")));
            }
            Ok(Self {
                law: policy.tasks(),
                observation: policy.observation(),
                action: policy.action(),
                folder,
                state: Mutex::new(State { policy, stream: Stream::new(config.seed, "policy from outside", 0) }),
            })
        })
        .map_err(|error: TrainerError| from_eval(error))
    }

    #[getter]
    fn observation_dim(&self) -> usize {
        self.observation
    }

    #[getter]
    fn skill_dim(&self) -> usize {
        self.law.dim()
    }

    #[getter]
    fn action_dim(&self) -> usize {
        self.action
    }

    #[getter]
    fn weights(&self) -> PyResult<PathBuf> {
        let path = self.folder.join(EXPORT);
        if path.exists() {
            Ok(path)
        } else {
            Err(refuse(format!("{} is missing: this agent has no network", path.display())))
        }
    }

    #[pyo3(signature = (obs, skill = None, *, deterministic = true, seed = None))]
    fn act<'py>(
        &self,
        py: Python<'py>,
        obs: &Bound<'py, PyAny>,
        skill: Option<&Bound<'py, PyAny>>,
        deterministic: bool,
        seed: Option<u64>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let obs = Rows::read("obs", obs, self.observation)?;
        let dim = self.law.dim();
        let skills = match skill {
            Some(skill) => Rows::read("skill", skill, dim)?.beside("skill", &obs)?,
            None if dim == 0 => Vec::new(),
            None => {
                let message = format!("skill is missing, expected {dim} numbers per row; `sample_skills` draws some");
                return Err(refuse(message));
            }
        };
        let act = if deterministic { Act::Mode } else { Act::Explore };
        let actions = self.with(py, seed, |policy, stream| policy.act(&obs.values, &skills, act, stream));
        obs.like(py, actions, self.action)
    }

    #[pyo3(signature = (n, seed = None))]
    fn sample_skills<'py>(
        &self,
        py: Python<'py>,
        n: usize,
        seed: Option<u64>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let dim = self.law.dim();
        let skills = self.with(py, seed, |policy, stream| {
            if let TaskLaw::Record(_) = self.law {
                return policy.evaluation_tasks(n, stream);
            }
            let mut skills = vec![0.0; n * dim];
            skills.chunks_exact_mut(dim.max(1)).for_each(|skill| self.law.draw(stream, skill));
            skills
        });
        PyArray1::from_vec(py, skills).reshape(IxDyn(&[n, dim]))
    }

    fn towards<'py>(
        &self,
        py: Python<'py>,
        obs: &Bound<'py, PyAny>,
        goal: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let obs = Rows::read("obs", obs, self.observation)?;
        let goals = Rows::read("goal", goal, self.observation)?.beside("goal", &obs)?;
        let skills = self.with(py, None, |policy, _| policy.towards(&obs.values, &goals));
        let skills =
            skills.ok_or_else(|| refuse("the objective of this run cannot say which skill leads to a goal"))?;
        obs.like(py, skills, self.law.dim())
    }

    fn embed<'py>(&self, py: Python<'py>, obs: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let obs = Rows::read("obs", obs, self.observation)?;
        let latent = self.with(py, None, |policy, _| policy.embed(&obs.values));
        let (places, dim) = latent.ok_or_else(|| refuse("the objective of this run has no latent space"))?;
        obs.like(py, places, dim)
    }
}

impl Policy {
    /// Does something with the policy and the stream of `seed`, or else its own, while other threads of Python run.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        seed: Option<u64>,
        work: impl FnOnce(&freeroam_agents::Policy, &mut Stream) -> T + Send,
    ) -> T {
        py.detach(|| {
            // Nothing that works on the state leaves it half changed.
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let State { policy, stream } = &mut *state;
            match seed {
                Some(seed) => work(policy, &mut Stream::new(seed, "policy from outside", 0)),
                None => work(policy, stream),
            }
        })
    }
}

impl Rows {
    /// Reads `[B, columns]` or `[columns]`.
    fn read(what: &str, array: &Bound<'_, PyAny>, columns: usize) -> PyResult<Self> {
        let array: PyArrayLikeDyn<'_, f32, AllowTypeChange> = array.extract()?;
        let count = match *array.shape() {
            [width] if width == columns => None,
            [rows, width] if width == columns && rows > 0 => Some(rows),
            _ => {
                let got = array.getattr("shape")?;
                return Err(refuse(format!("{what} has shape {got}, expected ({columns},) or (rows, {columns})")));
            }
        };
        let values: Vec<f32> = array.as_array().iter().copied().collect();
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(Self { values, count }),
            Some(index) => {
                let (row, column) = (index / columns.max(1), index % columns.max(1));
                let value = values[index];
                Err(refuse(format!("{what} has {value} in row {row}, column {column}, expected finite numbers")))
            }
        }
    }

    /// The values, one row for each of `other`; a single row serves for all.
    fn beside(self, what: &str, other: &Self) -> PyResult<Vec<f32>> {
        match (self.count, other.count) {
            (got, expected) if got == expected => Ok(self.values),
            (None, Some(rows)) => Ok(self.values.repeat(rows)),
            (got, expected) => Err(refuse(format!(
                "{what} has {}, obs has {}, expected as many, or a single {what} of one axis",
                rows(got),
                rows(expected)
            ))),
        }
    }

    /// A new array with as many rows as this one.
    fn like<'py>(&self, py: Python<'py>, values: Vec<f32>, columns: usize) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let array = PyArray1::from_vec(py, values);
        match self.count {
            Some(rows) => array.reshape(IxDyn(&[rows, columns])),
            None => array.reshape(IxDyn(&[columns])),
        }
    }
}

fn rows(count: Option<usize>) -> String {
    match count {
        Some(1) => "1 row".into(),
        Some(count) => format!("{count} rows"),
        None => "no axis for rows".into(),
    }
}

/// The name of a checkpoint of `run`, given by its name or its folder.
fn name_in(run: &Path, checkpoint: &Path) -> PyResult<String> {
    let parent = checkpoint.parent().filter(|parent| !parent.as_os_str().is_empty());
    let own = run.join("checkpoints");
    // One folder has many spellings: relative, absolute, by links.
    let same = |parent: &Path| matches!((parent.canonicalize(), own.canonicalize()), (Ok(a), Ok(b)) if a == b);
    let inside = parent.is_none_or(same);
    match checkpoint.file_name().and_then(|name| name.to_str()).filter(|_| inside) {
        Some(name) => Ok(name.to_owned()),
        None => {
            let (run, checkpoint) = (run.display(), checkpoint.display());
            Err(refuse(format!("checkpoint {checkpoint} is not in {run}/checkpoints")))
        }
    }
}
