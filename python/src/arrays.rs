//! Reading what Python passes in.

use numpy::{PyArray1, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::{prelude::*, types::PyTuple};

use crate::error::{refuse, refuse_kind};

/// Copies an array of numbers of the given shape into `into`. NumPy arrays of float32 are read in place, whatever their
/// order and whether or not they can be written; other numbers are converted first.
pub(crate) fn read_floats(value: &Bound<'_, PyAny>, what: &str, shape: &[usize], into: &mut [f32]) -> PyResult<()> {
    let converted;
    let array = match value.cast::<PyArrayDyn<f32>>() {
        Ok(array) => array,
        Err(_) => {
            converted = convert(value, what)?;
            &converted
        }
    };
    if array.shape() != shape {
        let (got, expected) = (tuple(value.py(), array.shape())?, tuple(value.py(), shape)?);
        return Err(refuse(format!("{what} has shape {got}, expected {expected}")));
    }
    let array: PyReadonlyArrayDyn<'_, f32> =
        array.try_readonly().map_err(|error| refuse(format!("{what} cannot be read: {error}")))?;
    // `as_slice` gives arrays in Fortran's order too, in that order.
    if array.is_c_contiguous() {
        into.copy_from_slice(array.as_slice()?);
    } else {
        into.iter_mut().zip(array.as_array()).for_each(|(to, from)| *to = *from);
    }
    Ok(())
}

/// Numbers of another kind, as float32.
fn convert<'py>(value: &Bound<'py, PyAny>, what: &str) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let numpy = value.py().import("numpy")?;
    let array =
        numpy.call_method1("asarray", (value,)).map_err(|error| refuse(format!("{what} is no array: {error}")))?;
    let dtype = array.cast::<PyUntypedArray>()?.dtype();
    let kind: String = dtype.getattr("kind")?.extract()?;
    if !matches!(kind.as_str(), "b" | "i" | "u" | "f") {
        return Err(refuse_kind(format!("{what} has dtype {dtype}, expected float32 or other real numbers")));
    }
    Ok(array.call_method1("astype", ("float32",))?.cast_into()?)
}

/// Reads a mask `[lanes]` as Gymnasium's vector environments take it: a boolean NumPy array with at least one true value.
pub(crate) fn read_mask(value: &Bound<'_, PyAny>, lanes: usize) -> PyResult<Vec<bool>> {
    let Ok(array) = value.cast::<PyUntypedArray>() else {
        return Err(refuse_kind(format!("the mask is of type {}, expected a NumPy array", value.get_type().name()?)));
    };
    let Ok(array) = array.cast::<PyArrayDyn<bool>>() else {
        return Err(refuse_kind(format!("the mask has dtype {}, expected bool", array.dtype())));
    };
    if array.shape() != [lanes] {
        let (got, expected) = (tuple(value.py(), array.shape())?, tuple(value.py(), &[lanes])?);
        return Err(refuse(format!("the mask has shape {got}, expected {expected}")));
    }
    let array = array.try_readonly().map_err(|error| refuse(format!("the mask cannot be read: {error}")))?;
    let mask: Vec<bool> = array.as_array().iter().copied().collect();
    if mask.contains(&true) {
        Ok(mask)
    } else {
        Err(refuse("the mask is false everywhere, expected at least one lane to reset"))
    }
}

/// Reads seeds: an integer `s` gives lane `i` the seed `s + i`, a sequence each lane its own, or none where it has None.
pub(crate) fn read_seeds(value: &Bound<'_, PyAny>, lanes: usize) -> PyResult<Vec<Option<u64>>> {
    if value.hasattr("__index__")? {
        let refused = || refuse(format!("seed is {value}, expected 0 to 2**64 - {lanes}, as lane i gets seed + i"));
        let first: u64 = value.extract().map_err(|_| refused())?;
        return (0..lanes as u64).map(|lane| first.checked_add(lane).map(Some).ok_or_else(refused)).collect();
    }
    read_each(value, "seed", lanes, "an integer from 0 to 2**64 - 1, or None")
}

/// Reads tasks: one per lane, None where it is to be drawn.
pub(crate) fn read_tasks(value: &Bound<'_, PyAny>, lanes: usize) -> PyResult<Vec<Option<usize>>> {
    read_each(value, "task", lanes, "an index, or None")
}

/// A sequence with something for each lane.
fn read_each<'py, T>(value: &Bound<'py, PyAny>, what: &str, lanes: usize, expected: &str) -> PyResult<Vec<Option<T>>>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    let items: Vec<Bound<'_, PyAny>> = value
        .try_iter()
        .and_then(Iterator::collect)
        .map_err(|_| refuse_kind(format!("the {what}s are {value}, expected a sequence of one per lane")))?;
    if items.len() != lanes {
        return Err(refuse(format!("there are {} {what}s, expected {lanes}: one per lane", items.len())));
    }
    let read = |(lane, item): (usize, &Bound<'py, PyAny>)| {
        item.extract().map_err(|_| refuse(format!("the {what} of lane {lane} is {item}, expected {expected}")))
    };
    items.iter().enumerate().map(read).collect()
}

/// Reads which group of `batch` lanes `env_id` names: its lanes in order, as `recv` gave them.
pub(crate) fn read_group(value: &Bound<'_, PyAny>, lanes: usize, batch: usize) -> PyResult<usize> {
    let expected = || refuse(format!("env_id is {value}, expected {batch} lanes of {lanes} as recv gave them"));
    let numpy = value.py().import("numpy")?;
    let array = numpy.call_method1("asarray", (value, "int64")).map_err(|_| expected())?;
    let array = array.cast_into::<PyArray1<i64>>().map_err(|_| expected())?;
    let ids: Vec<i64> = array.try_readonly().map_err(refuse)?.as_array().iter().copied().collect();
    let first = ids.first().copied().and_then(|id| usize::try_from(id).ok()).ok_or_else(expected)?;
    let in_order = ids.iter().zip(first..).all(|(&id, lane)| usize::try_from(id) == Ok(lane));
    if ids.len() == batch && first.is_multiple_of(batch) && first < lanes && in_order {
        Ok(first / batch)
    } else {
        Err(expected())
    }
}

/// A shape as Python writes it.
pub(crate) fn tuple<'py>(py: Python<'py>, shape: &[usize]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, shape)
}
