//! What freeroam claims, one module per claim.

mod crate_graph; // the README's table of crates is the truth
