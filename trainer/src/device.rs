//! Devices by name.

use burn::tensor::Device;

use crate::TrainerError;

/// The device called `name`: `cpu` for burn's `flex` backend, `cuda:N` for the CUDA device of index `N`.
///
/// # Errors
/// [`TrainerError::Usage`] for any other name, for CUDA in a build without the `cuda` feature, and when the machine has
/// no CUDA driver or no such device.
pub fn device(name: &str) -> Result<Device, TrainerError> {
    let index = name.strip_prefix("cuda:").filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match (name, index.and_then(|digits| digits.parse().ok())) {
        ("cpu", _) => Ok(Device::flex()),
        (_, Some(index)) => cuda(name, index),
        _ => Err(TrainerError::Usage(format!("unknown device `{name}`, expected `cpu` or `cuda:N` (e.g. `cuda:0`)"))),
    }
}

#[cfg(feature = "cuda")]
fn cuda(name: &str, index: usize) -> Result<Device, TrainerError> {
    // `Device::cuda` itself touches no driver and would abort at the first kernel; listing the devices is safe
    // without libcuda.
    let count = Device::enumerate(burn::tensor::DeviceType::Cuda).len();
    match count {
        0 => Err(TrainerError::Usage(format!("device `{name}`: no CUDA driver found, or it lists no device"))),
        _ if index < count => Ok(Device::cuda(index)),
        _ => Err(TrainerError::Usage(format!("device `{name}`: this machine has cuda:0 to cuda:{}", count - 1))),
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda(name: &str, _index: usize) -> Result<Device, TrainerError> {
    Err(TrainerError::Usage(format!("device `{name}`: this build has no CUDA; build with --features cuda")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_flex_and_other_names_are_explained() {
        assert_eq!(device("cpu").expect("always there"), Device::flex());
        for name in ["gpu", "cuda", "cuda:", "cuda:x", "cuda:+1", "cpu:0", ""] {
            let message = device(name).expect_err(name).to_string();
            assert!(message.contains(name) && message.contains("`cpu` or `cuda:N`"), "{message}");
        }
        let message = device("cuda:9999").expect_err("no machine has ten thousand").to_string();
        assert!(message.starts_with("device `cuda:9999`: "), "{message}");
    }
}
