//! What freeroam claims, one module per claim.

#![expect(clippy::print_stdout, reason = "a claim shows the figures that it was held by")]

mod adversarial_corridor; // surprise as a game covers what can be controlled
mod crate_graph; // the README's table of crates is the truth
mod ddpg_regulates; // DDPG against the regulator that is known to be best
mod diayn_bandit; // DIAYN solves the smallest problem
mod double_integrator; // what agents are held to
mod every_objective_resumes; // a restored learner goes on with the same bits
mod exploration; // objectives without skills see more than random actions do
mod hilp_four_rooms; // latent distances of a small maze are those of walking
mod learning_from_data; // learners of data sets resume, and refuse what does not fit
mod metra_geometry; // latent maps on fixed data
mod pixels; // agents act by frames and go on with the same bits
mod ppo_regulates; // PPO against the same regulator
mod representations_resume; // the same for what learns to represent
mod skills_on_the_plane; // METRA travels, DIAYN does not have to
