//! Behaviour of the replay and of data sets, one module per claim.

mod boundaries_hold; // samples agree with a plain list of episodes, whatever the lengths, skips and wraps
mod damaged_files_are_refused; // files cut short or altered never end the program
mod datasets_keep_replays; // data sets have exactly the transitions of their replay, and the other way round
mod errors_name_the_cause; // messages say what was wrong and what was expected
mod files_change_no_bit; // what is written is read back with the same bits
mod goals_follow_their_law; // goals lie where their law says, views have the same transitions
mod minari_files; // the same of Minari's files
mod returns_stay_within; // rewards over several steps are those of one episode
mod script; // episodes whose observations tell where they come from
mod snapshots_are_exact; // a loaded replay samples the same bits; a damaged one is refused
mod trajectories; // data sets of any bits and lengths
mod uniform; // every stored transition is as likely as any other
