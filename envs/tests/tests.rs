//! Behaviour of the worlds: one binary, one module per claim.

mod physics; // robots move as mechanics says, and repeat bit for bit
