//! objectives.
