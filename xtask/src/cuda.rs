//! The CUDA build where the build script of cubecl cannot download LLVM.

use anyhow::Result;

use crate::stage::{cargo, stage, target_dir};

/// Checks or builds (`mode` is cargo's subcommand) the programs with the `cuda` feature and without any download.
///
/// # Errors
/// When cargo fails.
pub(crate) fn offline(mode: &str) -> Result<()> {
    // These flags touch every crate; a folder of their own keeps the ordinary build from starting over.
    let target = target_dir()?.join("cuda-offline");
    stage(
        &format!("cuda-offline {mode}"),
        cargo()
            .args([mode, "--release", "-p", "freeroam-eval", "--features", "cuda"])
            .arg("--target-dir")
            .arg(target)
            // The build script of the LLVM bindings skips its download when it believes to be on docs.rs. The symbols it
            // then lacks are never called, because kernels go through NVRTC's C++; the linker must not insist on them.
            .env("DOCS_RS", "1")
            .env("RUSTFLAGS", "-C link-arg=-Wl,--unresolved-symbols=ignore-all"),
    )
}
