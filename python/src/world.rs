//! What a world looks like from outside.

use std::sync::Arc;

use freeroam_envs::Spec;
use numpy::{
    AllowTypeChange, PyArrayDyn, PyArrayLikeDyn, PyUntypedArrayMethods, ToPyArray,
    ndarray::{ArrayD, IxDyn},
};
use pyo3::{prelude::*, types::PyTuple};

use crate::{
    arrays::tuple,
    error::{from_envs, refuse},
};

/// The ids of all worlds.
#[pyfunction]
pub(crate) fn ids() -> Vec<&'static str> {
    freeroam_envs::ids()
}

/// The world registered as `id`, as it looks from outside.
#[pyfunction]
pub(crate) fn world(py: Python<'_>, id: &str) -> PyResult<World> {
    let world = py.detach(|| freeroam_envs::world(id)).map_err(from_envs)?;
    Ok(World(Arc::clone(world.spec())))
}

/// A world as it looks from outside: names, units, sizes.
#[pyclass(frozen, module = "freeroam._native")]
pub(crate) struct World(pub(crate) Arc<Spec>);

#[pymethods]
impl World {
    #[getter]
    fn id(&self) -> &str {
        &self.0.id
    }

    #[getter]
    fn description(&self) -> &str {
        &self.0.description
    }

    #[getter]
    fn observation_names(&self) -> Vec<&str> {
        self.0.observation.iter().map(|channel| channel.name.as_str()).collect()
    }

    #[getter]
    fn observation_units(&self) -> Vec<&str> {
        self.0.observation.iter().map(|channel| channel.unit).collect()
    }

    #[getter]
    fn action_names(&self) -> Vec<&str> {
        self.0.action.iter().map(String::as_str).collect()
    }

    #[getter]
    fn dt(&self) -> f64 {
        self.0.dt
    }

    #[getter]
    fn horizon(&self) -> u32 {
        self.0.horizon
    }

    #[getter]
    fn position<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.position)
    }

    #[getter]
    fn goal_radius(&self) -> f64 {
        self.0.goal_radius
    }

    #[getter]
    fn tasks(&self) -> usize {
        self.0.layout.as_ref().map_or(0, |layout| layout.tasks.len())
    }

    /// Whether bodies at `places` have reached `goals`; `[.., 2]` each, x and y in metres; gives `[..]`.
    fn reached<'py>(
        &self,
        py: Python<'py>,
        places: PyArrayLikeDyn<'py, f64, AllowTypeChange>,
        goals: PyArrayLikeDyn<'py, f64, AllowTypeChange>,
    ) -> PyResult<Bound<'py, PyArrayDyn<bool>>> {
        if places.shape().last() != Some(&2) || places.shape() != goals.shape() {
            let (places, goals) = (tuple(py, places.shape())?, tuple(py, goals.shape())?);
            return Err(refuse(format!("places and goals have shapes {places} and {goals}, expected (.., 2) both")));
        }
        let pairs =
            |array: &PyArrayLikeDyn<'py, f64, AllowTypeChange>| array.as_array().iter().copied().collect::<Vec<_>>();
        let (all, to) = (pairs(&places), pairs(&goals));
        let reached =
            all.chunks_exact(2).zip(to.chunks_exact(2)).map(|(at, to)| self.0.reached([at[0], at[1]], [to[0], to[1]]));
        let shape = &places.shape()[..places.shape().len() - 1];
        let reached = ArrayD::from_shape_vec(IxDyn(shape), reached.collect()).map_err(refuse)?;
        Ok(reached.to_pyarray(py))
    }

    fn __repr__(&self) -> String {
        format!("freeroam.world({:?})", self.0.id)
    }

    /// Pickling makes it anew from its id.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.import("freeroam._native")?.getattr("world")?, (self.0.id.clone(),)))
    }
}
