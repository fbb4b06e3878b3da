//! Worlds in the names of files and folders.

/// The id of a world as part of a file's name. Worlds of maze files have a path in theirs: other signs than letters, digits and `_`
/// become `-`.
pub(crate) fn file_name(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registered_ids_stay_and_paths_become_one_name() {
        assert!(freeroam_envs::ids().into_iter().all(|id| file_name(id) == id));
        assert_eq!(file_name("PointMaze:mazes/my_own.txt"), "PointMaze-mazes-my_own-txt");
    }
}
