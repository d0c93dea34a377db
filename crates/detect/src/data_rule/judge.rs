use case::EvidenceKind;
use facts::Address;

use super::{DataRule, evidence_of, silence::Hit};
use crate::{
    Finding,
    card::Where,
    condition::{
        Bound, Condition,
        expr::{Scene, Trouble},
        template::written,
        types::Value,
    },
    keeping::{Recall, Stepped},
};

impl DataRule {
    /// What comes of an item: a finding, the end of a silence, or nothing.
    pub(super) fn judge<'a>(
        &'a self,
        scene: &mut Scene<'a>,
        mind: &Recall<'_>,
        frame: Option<u32>,
        protects: &dyn Fn(Address) -> bool,
    ) -> Result<Option<Hit>, Trouble> {
        mind.cited();
        let subject = match self.place {
            // First whom it is about: that is a look-up, and foreign contracts cannot make trouble.
            Where::Protected => match account(&self.subject, scene)? {
                Some(subject) if protects(subject) => Some(subject),
                _ => return Ok(None),
            },
            Where::Everything => None,
        };
        let fires = self.when.holds(scene)?;
        let clears = !fires && self.silence.clears(scene)?;
        if !fires && !clears {
            return Ok(None);
        }
        let subject = match subject {
            Some(subject) => subject,
            // A creation has no recipient; the zero address stands for nobody in particular.
            None => account(&self.subject, scene)?.unwrap_or(Address::ZERO),
        };
        let matter = self.matter(scene);
        let finding = fires.then(|| self.finding(subject, &matter, &mind.cited(), frame, scene));
        Ok(Some(Hit { matter: [vec![subject.to_string()], matter].concat().join("|"), finding }))
    }

    /// What tells this matter apart from others about the same account.
    fn matter<'a>(&'a self, scene: &mut Scene<'a>) -> Vec<String> {
        let key = self.key.iter();
        key.map(|key| key.value(scene).map_or_else(|trouble| trouble.to_string(), |value| written(&value))).collect()
    }

    fn finding<'a>(
        &'a self,
        subject: Address,
        matter: &[String],
        cited: &[Stepped],
        frame: Option<u32>,
        scene: &mut Scene<'a>,
    ) -> Finding {
        let message = self.message.fill(scene);
        let mut finding = Finding::about(subject, message.clone());
        for kind in &self.evidence {
            finding = finding.evidence(*kind, frame, message.clone());
        }
        for step in cited {
            let kind = evidence_of(step.on.record(), step.on).unwrap_or(EvidenceKind::Call);
            finding = finding.evidence_of(step.tx, kind, format!("step `{}` in block {}", step.name, step.block));
        }
        for attacker in &self.attackers {
            if let Ok(Some(attacker)) = account(attacker, scene) {
                finding = finding.attacker(attacker);
            }
        }
        for victim in &self.victims {
            if let Ok(Some(victim)) = account(victim, scene) {
                finding = finding.victim(victim);
            }
        }
        matter.iter().fold(finding, Finding::key)
    }
}

fn account<'a>(path: &'a Bound<Condition>, scene: &mut Scene<'a>) -> Result<Option<Address>, Trouble> {
    match path.value(scene)? {
        Value::Address(address) => Ok(Some(address)),
        _ => Ok(None),
    }
}
