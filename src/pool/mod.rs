//! Pools of backend connections.

pub mod status;
