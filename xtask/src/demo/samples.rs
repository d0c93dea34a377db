//! How long it took, over several attacks.

/// One attack, in milliseconds from the moment at which its block reached the service.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Until the alert was durable.
    pub durable_ms: i64,
    /// Until the pause was signed and sent.
    pub signed_ms: i64,
}

/// Least, median, ninth decile and most of some numbers; the deciles by nearest rank.
#[derive(Debug, PartialEq, Eq)]
pub struct Spread {
    pub least: i64,
    pub median: i64,
    pub p90: i64,
    pub most: i64,
}

impl Spread {
    /// None of no numbers.
    pub fn of(mut numbers: Vec<i64>) -> Option<Self> {
        numbers.sort_unstable();
        let rank = |tenths: usize| numbers.get((numbers.len() * tenths).div_ceil(10).saturating_sub(1)).copied();
        Some(Self { least: *numbers.first()?, median: rank(5)?, p90: rank(9)?, most: *numbers.last()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        assert_eq!(Spread::of(vec![]), None);
        assert_eq!(Spread::of(vec![7]), Some(Spread { least: 7, median: 7, p90: 7, most: 7 }));
        let ten = Spread::of((1..=10).rev().collect());
        assert_eq!(ten, Some(Spread { least: 1, median: 5, p90: 9, most: 10 }));
        assert_eq!(Spread::of(vec![5, 1, 3]), Some(Spread { least: 1, median: 3, p90: 5, most: 5 }));
    }
}
