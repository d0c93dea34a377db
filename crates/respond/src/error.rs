//! Why there is no plan.

use case::Timestamp;

/// A plan that cannot be made, and what would make it possible. Texts that cannot be read are `ConfigError`s of `atlas`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The inventory names a signer that the installation does not have.
    #[error(
        "step `{step}` on contract `{contract}` needs the signer `{signer}`, which this installation does not have; add `[signer.{signer}]` to breakglass.toml, or name another `signer` in protocol.toml"
    )]
    NoSigner {
        /// The playbook's step.
        step: String,
        /// The contract.
        contract: String,
        /// The signer.
        signer: String,
    },
    /// The inventory names no signer.
    #[error("contract `{contract}` has no signer; add `signer = \"<name>\"` to it in protocol.toml")]
    SignerNotNamed {
        /// The contract.
        contract: String,
    },
    /// The playbook tells someone whom the installation cannot reach.
    #[error(
        "step `{step}` needs the webhook `{webhook}`, which this installation does not have; add `[webhook.{webhook}]` to breakglass.toml, or write `optional = true` in the playbook"
    )]
    NoWebhook {
        /// The playbook's step.
        step: String,
        /// The webhook.
        webhook: String,
    },
    /// No contract of the incident has what the step calls.
    #[error(
        "step `{step}` finds no contract to call: no victim that protocol.toml protects declares the function; add `pause` to it, or write `optional = true` in the playbook"
    )]
    NothingToCall {
        /// The playbook's step.
        step: String,
    },
    /// More steps than a plan may have.
    #[error("playbook `{playbook}` makes more than {max} steps of this incident; split it by contract")]
    TooManySteps {
        /// The playbook.
        playbook: String,
        /// How many there may be.
        max: usize,
    },
    /// A time beyond the calendar.
    #[error("a plan made at `{now}` would be valid beyond the end of the calendar; check the clock")]
    Time {
        /// The time that was given.
        now: Timestamp,
    },
}
