//! Text dumps of the representations.
