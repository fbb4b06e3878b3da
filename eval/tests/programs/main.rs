//! The programs as a user runs them.
#![expect(clippy::print_stdout, reason = "figures beside a test's result")]

mod bad_input; // mistakes get clear errors and exit code 2
mod datasets_repeat; // any number of threads gives the same data set
mod fine_tuning; // a run starts from the policy of another
mod program; // running a program and reading what it left
mod reports; // where reports go and which folders they gather
mod representations; // objectives without a policy train, evaluate and go on
mod resume_is_exact; // an interrupted run equals an uninterrupted one
mod threads_do_not_matter; // any number of threads gives the same bits
mod words; // frames with captions, and goals in words
