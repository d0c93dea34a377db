//! Layouts of contracts that are known by their code.

use alloy_primitives::Bytes;

use super::Layout;
use crate::{Artifact, Bytecode};

/// The most layouts that are kept; a large project has some hundreds of contracts with storage.
const LAYOUTS_MAX: usize = 20_000;

/// Layouts by the code of their contracts.
#[derive(Debug, Clone, Default)]
pub struct Layouts(Vec<(Bytes, Layout)>);

impl Layouts {
    /// With what an artifact says of its contract, if it says how storage is laid out and which code it is.
    #[must_use]
    pub fn with(mut self, artifact: &Artifact) -> Self {
        if let (Some(layout), Some(runtime)) = (&artifact.layout, &artifact.runtime)
            && self.0.len() < LAYOUTS_MAX
        {
            self.0.push((runtime.clone(), layout.clone()));
        }
        self
    }

    /// How the storage of a contract with this code is laid out.
    ///
    /// A compiler leaves zeros where values are filled in at deployment, and a note about itself behind the code: neither has
    /// to be the same. If two contracts of one code differ in their layout, the first stands.
    pub fn of(&self, code: &[u8]) -> Option<&Layout> {
        if self.0.is_empty() || code.is_empty() {
            return None;
        }
        let end = Bytecode::read(code).code_len;
        let same = |runtime: &[u8]| {
            let all = runtime.len() == code.len();
            // The note's length may differ with the compiler's settings, the code before it may not.
            let until = if all { end } else { Bytecode::read(runtime).code_len };
            until == end && runtime.iter().zip(code).take(end).all(|(made, stands)| made == stands || *made == 0)
        };
        self.0.iter().find(|(runtime, _)| same(runtime)).map(|(_, layout)| layout)
    }
}
