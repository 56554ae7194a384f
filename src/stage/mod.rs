//! What a world looks like at a moment: a [`Scene`], plain data that a view can draw.
//!
//! Promises: a scene follows from worlds, events and a time, and from nothing else. [`motion::Motion::scene_at`] is
//! pure, total and seekable, and its last scene is the still picture of the world after.
//! Must not know: colours, cells, keys.
//! Start reading at [`scene`] (what can be seen), then [`still`] (a world at rest), then [`motion`].

pub mod beat;
pub mod figure;
pub mod motion;
pub mod request;
pub mod scene;
pub mod still;
pub mod tempo;
pub mod trace;
pub mod virtual_machine;
pub mod why;

pub use motion::Motion;
pub use scene::Scene;
