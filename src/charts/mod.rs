//! Pictures: plain scenes in data units, drawn on any plotters backend.
//!
//! [`decimate`] keeps what a pixel can show; [`scene`] says what to draw; [`draw`] draws it; [`gestures`] says what a pointer
//! does to it. No statistics, no data access,
//! no animation. Charts know nothing of sweeps: a marker has a place, a shape and a colour.

pub mod decimate;
pub mod draw;
pub mod gestures;
pub mod scale;
pub mod scene;
pub mod viewport;
