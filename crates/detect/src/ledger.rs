//! What was seen of who pays whom: who dealt with a contract, what its books know of them, what it owes to those who paid in, and who takes it out.

pub(crate) mod books;
pub(crate) mod dealings;
pub(crate) mod owed;
pub(crate) mod takers;
