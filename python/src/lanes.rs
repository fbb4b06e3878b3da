//! Many copies of a world, as a Python class.

use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use freeroam_envs::{EnvsError, GoalConfig, Spec};
use numpy::{PyArray1, PyArray4, PyArrayMethods};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyTuple},
};

use crate::{
    arrays::{read_floats, read_group, read_mask, read_seeds, read_tasks},
    error::{busy, closed, from_envs, refuse},
    fleet::{Fleet, FleetConfig, FleetError},
    group::{GroupState, Resets},
    pictures,
    results::{self, Buffers},
    settings::{AUTORESETS, LAWS, cores, name_of, named},
    world::World,
};

/// Many copies of a world, stepped together; the same bits for any number of threads.
#[pyclass(frozen, module = "freeroam._native")]
pub(crate) struct Lanes {
    spec: Arc<Spec>,
    config: FleetConfig,
    /// As asked for: None for one per core of whatever machine.
    threads: Option<usize>,
    horizon: u32,
    /// None once closed. Never waited for: it is held while other threads of Python run.
    fleet: Mutex<Option<Fleet>>,
}

/// Arguments of [`Lanes::new`], in order.
type Arguments = (String, usize, Option<usize>, usize, u32, &'static str, Option<&'static str>, bool, u64);

#[pymethods]
impl Lanes {
    #[new]
    #[pyo3(signature = (id, lanes = 1, threads = None, batch = None, horizon = None, autoreset = "next_step", goals = None,
        terminate_at_goal = true, seed = 0))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        py: Python<'_>,
        id: &str,
        lanes: usize,
        threads: Option<usize>,
        batch: Option<usize>,
        horizon: Option<u32>,
        autoreset: &str,
        goals: Option<&str>,
        terminate_at_goal: bool,
        seed: u64,
    ) -> PyResult<Self> {
        if horizon == Some(0) {
            return Err(refuse("horizon is 0, expected at least 1, or None for the world's own"));
        }
        let law = goals.map(|name| named("goals", name, &LAWS)).transpose()?;
        let config = FleetConfig {
            lanes,
            batch: batch.unwrap_or(lanes),
            threads: threads.unwrap_or_else(cores),
            horizon: horizon.unwrap_or(0),
            autoreset: named("autoreset", autoreset, &AUTORESETS)?,
            goals: law.map(|law| GoalConfig { law, terminate: terminate_at_goal }),
            seed,
        };
        let (spec, fleet) = py.detach(|| {
            let world = freeroam_envs::world(id)?;
            Ok::<_, FleetError>((Arc::clone(world.spec()), Fleet::new(&world, config)?))
        })?;
        let horizon = horizon.unwrap_or(spec.horizon);
        Ok(Self { spec, config, threads, horizon, fleet: Mutex::new(Some(fleet)) })
    }

    #[getter]
    fn world(&self) -> World {
        World(Arc::clone(&self.spec))
    }

    #[getter]
    fn horizon(&self) -> u32 {
        self.horizon
    }

    /// Lanes of a group.
    #[getter]
    fn batch(&self) -> usize {
        self.config.batch
    }

    fn __len__(&self) -> usize {
        self.config.lanes
    }

    /// Starts an episode in every lane, or where `mask` is true.
    #[pyo3(signature = (seed = None, mask = None, task = None, out = None))]
    fn reset<'py>(
        &self,
        py: Python<'py>,
        seed: Option<&Bound<'py, PyAny>>,
        mask: Option<&Bound<'py, PyAny>>,
        task: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyTuple>>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyDict>)> {
        let resets = self.read_resets(seed, mask, task)?;
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        let out = self.take_buffers(out)?;
        let mask = resets.mask.clone();
        py.detach(|| fleet.reset(resets))?;
        let info = results::info_reset(py, fleet.batch(), mask.as_deref())?;
        Ok((results::stepped(py, fleet.batch(), &info, out)?.get_item(0)?, info))
    }

    /// Steps all lanes. Other threads of Python run meanwhile.
    #[pyo3(signature = (actions, out = None))]
    fn step<'py>(
        &self,
        py: Python<'py>,
        actions: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyTuple>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        let out = self.take_buffers(out)?;
        let shape = [self.config.lanes, self.spec.action.len()];
        read_floats(actions, "the array of actions", &shape, &mut fleet.actions)?;
        py.detach(|| fleet.step())?;
        let info = results::info_step(py, fleet.batch(), self.config.autoreset)?;
        results::stepped(py, fleet.batch(), &info, out)
    }

    /// As [`Lanes::reset`] for a single lane, without the axis of lanes.
    #[pyo3(signature = (seed = None, task = None))]
    fn reset_one<'py>(
        &self,
        py: Python<'py>,
        seed: Option<&Bound<'py, PyAny>>,
        task: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyArray1<f32>>, Bound<'py, PyDict>)> {
        self.only_lane()?;
        let resets = self.read_resets(seed, None, task)?;
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        py.detach(|| fleet.reset(resets))?;
        let batch = fleet.batch();
        Ok((PyArray1::from_slice(py, &batch.observation), results::info_one(py, batch)?))
    }

    /// As [`Lanes::step`] for a single lane, without the axis of lanes.
    fn step_one<'py>(&self, py: Python<'py>, action: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
        self.only_lane()?;
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        read_floats(action, "the action", &[self.spec.action.len()], &mut fleet.actions)?;
        py.detach(|| fleet.step())?;
        results::stepped_one(py, fleet.batch())
    }

    /// Starts to reset all groups in the background; [`Lanes::recv`] gives the results.
    #[pyo3(signature = (seed = None, task = None))]
    fn async_reset(
        &self,
        py: Python<'_>,
        seed: Option<&Bound<'_, PyAny>>,
        task: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let resets = self.read_resets(seed, None, task)?;
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        Ok(py.detach(|| fleet.send_resets(resets))?)
    }

    /// Starts to step the group of lanes `env_id` in the background; [`Lanes::recv`] gives the results.
    #[pyo3(signature = (actions, env_id = None))]
    fn send(&self, py: Python<'_>, actions: &Bound<'_, PyAny>, env_id: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let FleetConfig { lanes, batch, .. } = self.config;
        let group = match env_id {
            Some(env_id) => read_group(env_id, lanes, batch)?,
            None if batch == lanes => 0,
            None => {
                return Err(refuse("env_id is None, expected the lanes that the actions are for, as recv gave them"));
            }
        };
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        let width = self.spec.action.len();
        let mut values = vec![0.0; batch * width];
        read_floats(actions, "the array of actions", &[batch, width], &mut values)?;
        Ok(py.detach(|| fleet.send(group, &values))?)
    }

    /// Waits for the group that was sent first. Other threads of Python run meanwhile.
    fn recv<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        let index = py.detach(|| fleet.receive())?;
        let group = fleet.group(index)?;
        let info = results::info_step(py, &group.batch, self.config.autoreset)?;
        let lanes = i32::try_from(group.first).map_err(refuse)?..;
        let ids: Vec<i32> = lanes.take(self.config.batch).collect();
        results::put(&info, "env_id", PyArray1::from_vec(py, ids), &vec![true; self.config.batch])?;
        results::stepped(py, &group.batch, &info, None)
    }

    /// Moves the body of one running lane to (x, y), metres, at rest.
    fn teleport(&self, lane: usize, x: f64, y: f64) -> PyResult<()> {
        Ok(self.enter()?.open()?.teleport(lane, [x, y])?)
    }

    /// Refuses cameras that cannot be.
    fn check_camera(&self, view: &str, width: usize, height: usize) -> PyResult<()> {
        pictures::camera(&self.spec, view, width, height).map(drop).map_err(from_envs)
    }

    /// Pictures of all lanes, `[lanes, height, width, 3]`; with `at_goals` as if the bodies were at their goals.
    #[pyo3(signature = (view, width, height, at_goals = false))]
    fn render<'py>(
        &self,
        py: Python<'py>,
        view: &str,
        width: usize,
        height: usize,
        at_goals: bool,
    ) -> PyResult<Bound<'py, PyArray4<u8>>> {
        let camera = pictures::camera(&self.spec, view, width, height).map_err(from_envs)?;
        let draw = if at_goals { pictures::draw_goals } else { pictures::draw };
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        let rgb = py.detach(|| draw(fleet, &camera))?;
        PyArray1::from_vec(py, rgb).reshape([self.config.lanes, height, width, 3])
    }

    /// The exact state of all lanes, random streams included.
    fn save<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        let bytes = py.detach(|| -> PyResult<_> { postcard::to_stdvec(&fleet.save()?).map_err(refuse) })?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Restores what [`Lanes::save`] gave.
    fn load(&self, py: Python<'_>, state: &[u8]) -> PyResult<()> {
        let mut fleet = self.enter()?;
        let fleet = fleet.open()?;
        py.detach(|| {
            let refused = |error: postcard::Error| {
                from_envs(EnvsError::State {
                    what: format!("the lanes of {}", self.spec.id),
                    reason: error.to_string(),
                })
            };
            let states: Vec<GroupState> = postcard::from_bytes(state).map_err(refused)?;
            Ok(fleet.load(&states)?)
        })
    }

    /// Ends the threads and frees the lanes. Closing again has no effect.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let fleet = self.enter()?.0.take();
        py.detach(|| drop(fleet));
        Ok(())
    }

    /// Pickling keeps how the lanes were made and their exact state; closed lanes stay closed.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Arguments, Bound<'py, PyBytes>)> {
        let lanes = slf.get();
        let FleetConfig { lanes: count, batch, autoreset, goals, seed, .. } = lanes.config;
        let law = goals.map(|goals| name_of(goals.law, &LAWS));
        let terminate = goals.is_none_or(|goals| goals.terminate);
        let autoreset = name_of(autoreset, &AUTORESETS);
        let arguments =
            (lanes.spec.id.clone(), count, lanes.threads, batch, lanes.horizon, autoreset, law, terminate, seed);
        let is_open = lanes.enter()?.0.is_some();
        let state = if is_open { lanes.save(slf.py())? } else { PyBytes::new(slf.py(), &[]) };
        Ok((slf.get_type().into_any(), arguments, state))
    }

    fn __setstate__(&self, py: Python<'_>, state: &[u8]) -> PyResult<()> {
        if state.is_empty() { self.close(py) } else { self.load(py, state) }
    }
}

/// The lanes while a call has hold of them.
struct Entered<'a>(MutexGuard<'a, Option<Fleet>>);

impl Entered<'_> {
    fn open(&mut self) -> PyResult<&mut Fleet> {
        self.0.as_mut().ok_or_else(closed)
    }
}

impl Lanes {
    /// Takes hold of the lanes; refuses when another thread has.
    fn enter(&self) -> PyResult<Entered<'_>> {
        match self.fleet.try_lock() {
            Ok(guard) => Ok(Entered(guard)),
            // A panic inside leaves the lanes in a state that they refuse to go on from by themselves.
            Err(TryLockError::Poisoned(error)) => Ok(Entered(error.into_inner())),
            Err(TryLockError::WouldBlock) => Err(busy()),
        }
    }

    fn take_buffers<'py>(&self, out: Option<&Bound<'py, PyTuple>>) -> PyResult<Option<Buffers<'py>>> {
        out.map(|out| Buffers::new(out, self.config.lanes, self.spec.observation.len())).transpose()
    }

    fn only_lane(&self) -> PyResult<()> {
        match self.config.lanes {
            1 => Ok(()),
            lanes => Err(refuse(format!("there are {lanes} lanes, expected 1"))),
        }
    }

    fn read_resets(
        &self,
        seed: Option<&Bound<'_, PyAny>>,
        mask: Option<&Bound<'_, PyAny>>,
        task: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Resets> {
        let lanes = self.config.lanes;
        Ok(Resets {
            mask: mask.map(|mask| read_mask(mask, lanes)).transpose()?,
            seeds: seed.map(|seed| read_seeds(seed, lanes)).transpose()?,
            tasks: task.map(|task| read_tasks(task, lanes)).transpose()?,
        })
    }
}
