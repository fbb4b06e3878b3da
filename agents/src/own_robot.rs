//! Robots of one's own in settings.

use freeroam_envs::{EnvsError, ROBOT_WORLDS, World, robot_world, world};
use freeroam_trainer::TrainerError;

/// The world `env`, with the robot of an MJCF document (`robot`, else empty) where it takes one.
///
/// # Errors
/// [`EnvsError::OutOfRange`] for a robot that is missing or has no place in the world; otherwise as [`world`] and
/// [`robot_world`].
pub fn world_of(env: &str, robot: &str) -> Result<World, EnvsError> {
    let takes_one = ROBOT_WORLDS.contains(&env);
    if takes_one == robot.is_empty() {
        let got = if takes_one { "missing" } else { "given" };
        let expected = format!("a robot for {} and none for other worlds, and env is {env}", ROBOT_WORLDS.join(", "));
        return Err(EnvsError::OutOfRange { what: "robot", got: got.to_owned(), expected });
    }
    if takes_one { robot_world(env, robot) } else { world(env) }
}

/// The document of the setting `robot`, which is one or the path of its file, and how errors begin that speak of it.
///
/// # Errors
/// [`TrainerError::Usage`] for a file that cannot be read.
pub fn read_robot(robot: String) -> Result<(String, String), TrainerError> {
    if robot.is_empty() || robot.trim_start().starts_with('<') {
        return Ok((String::new(), robot));
    }
    match std::fs::read_to_string(&robot) {
        Ok(document) => Ok((format!("{robot}: "), document)),
        Err(error) => Err(TrainerError::Usage(format!("robot `{robot}`: {error}, expected the path of an MJCF file"))),
    }
}
