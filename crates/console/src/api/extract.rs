//! Paths, queries and bodies whose mistakes are told as problems.

use axum::extract::{FromRequest, FromRequestParts};
use utoipa::IntoParams;

use crate::Problem;

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub(super) struct Body<T>(pub T);

/// The query. Its structs refuse unknown keys: a misspelt filter must not pass as no filter.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(super) struct Params<T>(pub T);

/// A part of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(super) struct Path<T>(pub T);

/// The incident's id in the path.
#[derive(IntoParams)]
#[into_params(names("id"), parameter_in = Path)]
#[expect(dead_code, reason = "only describes the path")]
pub(super) struct IncidentId(String);

impl Path<String> {
    /// The path's part as an id of some kind; one that has not even the form of such an id names nothing.
    pub(super) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&self) -> Result<T, Problem> {
        self.0.parse().map_err(|error: T::Err| Problem::not_found(error.to_string()))
    }
}
