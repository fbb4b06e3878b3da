//! Pictures of lanes for `render_mode="rgb_array"`.

use freeroam_envs::{
    EnvsError, Spec,
    camera::{Camera, View},
};

use crate::fleet::{Fleet, FleetError};

/// The camera of a name, for pictures of a size.
pub(crate) fn camera(spec: &Spec, view: &str, width: usize, height: usize) -> Result<Camera, EnvsError> {
    let camera = Camera { view: View::named(view, spec)?, width, height, ..Camera::default() };
    camera.check()?;
    Ok(camera)
}

/// Draws all lanes with their goals: `[lanes, height, width, 3]`.
pub(crate) fn draw(fleet: &mut Fleet, camera: &Camera) -> Result<Vec<u8>, FleetError> {
    let mut rgb = Vec::new();
    for group in fleet.running()? {
        let spec = group.lanes.spec();
        let goals: Vec<_> =
            group.batch.goal.chunks_exact(spec.observation.len()).map(|row| Some(spec.place(row))).collect();
        let from = rgb.len();
        rgb.resize(from + group.lanes.len() * camera.rgb_len(), 0);
        group.lanes.render_into(camera, &goals, &mut rgb[from..], None)?;
    }
    Ok(rgb)
}

/// Draws all lanes as if their bodies were at their goals: `[lanes, height, width, 3]`. Leaves no trace in the lanes, all of
/// which must be running.
pub(crate) fn draw_goals(fleet: &mut Fleet, camera: &Camera) -> Result<Vec<u8>, FleetError> {
    let before = fleet.save()?;
    let drawn = go_to_goals(fleet).and_then(|()| draw(fleet, camera));
    fleet.load(&before)?;
    drawn
}

fn go_to_goals(fleet: &mut Fleet) -> Result<(), FleetError> {
    for group in fleet.running()? {
        for lane in 0..group.lanes.len() {
            let spec = group.lanes.spec();
            let width = spec.observation.len();
            let Some(goal) = group.batch.goal.get(lane * width..(lane + 1) * width) else { return Ok(()) };
            let place = spec.place(goal);
            group.lanes.teleport(lane, place, &mut group.batch)?;
        }
    }
    Ok(())
}
