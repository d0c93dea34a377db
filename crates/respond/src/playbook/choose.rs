//! Which playbook an incident calls for.

use case::Incident;

use super::Playbook;
use crate::Installation;

/// How closely a playbook fits, more telling parts first.
type Specificity = (usize, bool, case::Severity);

/// The playbook that fits an incident most closely: the longest matching kind first, then the one that needs something to
/// pause, then the one for worse incidents; among equals the first by id. `None` if none applies.
pub fn choose<'a>(playbooks: &'a [Playbook], incident: &Incident, installation: &Installation) -> Option<&'a Playbook> {
    let fits = playbooks.iter().filter_map(|playbook| Some((playbook.specificity(incident, installation)?, playbook)));
    // Of equal ids the last wins: a user's playbook read over the default one.
    fits.enumerate()
        .max_by(|(n, (fit, one)), (m, (its, other))| fit.cmp(its).then(other.id.cmp(&one.id)).then(n.cmp(m)))
        .map(|(_, (_, playbook))| playbook)
}

impl Playbook {
    pub(super) fn specificity(&self, incident: &Incident, installation: &Installation) -> Option<Specificity> {
        let when = &self.when;
        let parts = if when.kinds.is_empty() {
            0
        } else {
            when.kinds
                .iter()
                .filter(|prefix| is_of_kind(&incident.kind, prefix))
                .map(|kind| kind.split('/').count())
                .max()?
        };
        let pausable = || installation.victims(incident).iter().any(|contract| contract.pause.is_some());
        let fits = incident.severity >= when.severity_min && (!when.needs_pausable_victim || pausable());
        fits.then_some((parts, when.needs_pausable_victim, when.severity_min))
    }
}

/// Whether a kind is the prefix or lies below it: `access` and `access/role-takeover` hold the latter, `acc` does not.
fn is_of_kind(kind: &str, prefix: &str) -> bool {
    kind.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
