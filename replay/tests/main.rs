//! Behaviour of the replay, one module per claim.

mod boundaries_hold; // samples agree with a plain list of episodes, whatever the lengths, skips and wraps
mod errors_name_the_cause; // messages say what was wrong and what was expected
mod script; // episodes whose observations tell where they come from
mod snapshots_are_exact; // a loaded replay samples the same bits; a damaged one is refused
mod uniform; // every stored transition is as likely as any other
