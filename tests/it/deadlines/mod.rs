//! Deadlines to the microsecond, wherever the host is and however its clock is set: asked of the program as it is started.

mod steps;
mod zones;
