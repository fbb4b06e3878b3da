//! Behaviour of worlds and lanes: one binary, one module per group of claims.

mod allocation; // stepping allocates nothing
mod autoreset; // when episodes end and begin
mod bad_input; // what is refused, and how
mod every_world; // claims that hold for every registered world
mod expert; // a guide that knows the maze
mod frames; // pictures at every step
mod goals; // places to reach, and what they change
mod levels; // mazes of curricula and their levels
mod maze_walls; // walls hold
mod physics; // robots move as mechanics says, and repeat bit for bit
mod pictures; // what pictures show
mod resets; // lanes that begin anew from seeds and tasks of their own
mod scripted; // a world that does as it is told
mod sensors; // what cameras on bodies, lidars and point clouds tell
mod trajectories; // the same as from Python
mod words; // sentences and what they mean
