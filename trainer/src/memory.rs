//! The memory of programs that train.

use libmimalloc_sys::{mi_option_set_default, mi_option_t};

/// `mi_option_purge_delay` of mimalloc's options, which its bindings do not name.
const PURGE_DELAY: mi_option_t = 15;
/// Milliseconds, longer than most gradient steps.
const DELAY: std::ffi::c_long = 1000;

/// Lets mimalloc, where it is the allocator, keep freed blocks for a second (times ten for the largest) instead of ten
/// milliseconds before it gives them back to the system: every gradient step takes what the one before it freed, and clearing
/// new pages would be up to a third of its time. The environment variable `MIMALLOC_PURGE_DELAY` has the last word.
#[expect(unsafe_code, reason = "the allocator's options are C functions")]
pub fn keep_freed_blocks() {
    // SAFETY: the option is one of those of the version that is linked, and options may be set at any time from any thread.
    unsafe { mi_option_set_default(PURGE_DELAY, DELAY) };
}
