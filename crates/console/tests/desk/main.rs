//! The desk as its clients see it: a real socket, a real book.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod board;
mod book;
mod desk;
mod story;

mod briefs;
mod decisions;
mod exports;
mod gates;
mod live;
mod notices;
mod openapi;
mod page;
mod reads;
