//! What was learnt, as a person reads it.

use std::fmt;

use super::Lessons;

impl fmt::Display for Lessons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Rules learnt from one attack, alone; drafts were tried on {} honest transactions", self.honest)?;
        writeln!(f, "  {:<12}{:<30}{:<34}twins alarmed", "class", "taught a rule", "mutations caught")?;
        for (class, row) in &self.classes {
            let columns = [row.proposed, row.caught, row.twins].map(|rate| rate.to_string());
            writeln!(f, "  {class:<12}{:<30}{:<34}{}", columns[0], columns[1], columns[2])?;
        }
        self.mutations.iter().try_for_each(|(name, rate)| writeln!(f, "  {name:<26}{rate}"))?;
        if let Some(siblings) = self.siblings {
            writeln!(f, "  {:<26}{siblings}", "the same code elsewhere")?;
        }
        self.untaught.iter().take(60).try_for_each(|untaught| writeln!(f, "    untaught {untaught}"))?;
        self.missed.iter().take(60).try_for_each(|missed| writeln!(f, "    missed   {missed}"))?;
        self.mistakes.iter().take(40).try_for_each(|mistake| writeln!(f, "    mistaken {mistake}"))
    }
}
