//! The law of memory: the same blocks give the same, with or without reorganisations in between.
