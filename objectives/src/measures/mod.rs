//! How good features are: what is measured of them after they are frozen. All on the host, in `f64`.

mod components; // principal components
mod kmeans; // clusters by their centres
mod matching; // clusters and classes matched one to one
mod ridge; // what a linear map reads from features
mod table; // rows of numbers, and their linear algebra

pub use components::Components;
pub use kmeans::KMeans;
pub use matching::{matched_accuracy, matching};
pub use ridge::{Ridge, mean_distance};
pub use table::Table;
