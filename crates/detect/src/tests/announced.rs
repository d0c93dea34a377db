//! What was announced, over reorganisations and restarts.

use case::{Alert, Fit, Severity};
use facts::BlockFacts;

use crate::{
    scene::{block_ref, chain},
    *,
};

/// The vault's upgrade is announced for the blocks 2 to 5, and the router's new owner too.
const ANNOUNCED: &str = "
about = ''
[protocol]
vault = 'Vault'
router = 'Router'
[[announced]]
by = ['alice']
between = [2, 5]
changes = [{ contract = 'vault', implementation = 'next' }]
[[announced]]
by = ['alice']
between = [2, 5]
changes = [{ contract = 'router', owner = 'bob' }]
";
const QUIET: &str = "[[block]]\n";
const UPGRADE: &str = "
[[block]]
[[block.tx]]
from = 'alice'
to = 'vault'
calls = [{ call = 'upgradeTo(address)', args = ['next'] }]
changes = [{ contract = 'vault', kind = 'implementation', before = 'old', after = 'next', announced = true }]
";

struct Play {
    scene: Scene,
    detectors: Detectors,
    memory: Memory,
}

impl Play {
    /// Blocks 1, 2, …; what is told of them is asked later.
    fn of(blocks: &[&str]) -> Self {
        let text = format!("{ANNOUNCED}{}[expect]\nalerts = []\n", blocks.concat());
        let scene = Scene::read("play.toml", &text).unwrap();
        let detectors = Detectors::new(read_rules(built_in()).unwrap(), scene.scope.clone()).unwrap();
        Self { scene, detectors, memory: Memory::default() }
    }

    /// Looks at what stands in place `index`, as the block of this height on this branch.
    fn see(&mut self, index: usize, number: u64, branch: u8) -> Vec<(Fit, Severity)> {
        let mut facts: BlockFacts = self.scene.blocks[index].clone();
        facts.block = block_ref(number, branch);
        if branch > 0 && self.memory.head().is_some_and(|head| head.hash != facts.block.parent) {
            facts.block.parent = self.memory.head().unwrap().hash;
        }
        facts.timestamp = number * 12 + 1_700_000_000;
        let chain = chain();
        let look = self.detectors.look(&chain, &facts.block, facts.timestamp, &mut self.memory).unwrap();
        let mut look = look.knowing(&self.scene.announced);
        facts.txs.iter().for_each(|tx| look.tx(tx));
        let bears = |alert: Alert| alert.announcement.map(|bearing| (bearing.fit, alert.severity));
        look.finish(&facts).alerts.into_iter().filter_map(bears).collect()
    }
}

/// Two rules speak of an upgrade of a protected proxy, and the announcement's own.
const DONE: [(Fit, Severity); 3] =
    [(Fit::Excused, Severity::Info), (Fit::Excused, Severity::Info), (Fit::Done, Severity::Info)];

#[test]
fn what_a_reorganisation_takes_back_is_to_be_done_again_and_counts_once() {
    let mut play = Play::of(&[QUIET, UPGRADE]);
    assert_eq!(play.see(0, 1, 0), []);
    let before = play.memory.digest().unwrap();
    assert_eq!(play.see(1, 2, 0), DONE);
    assert_eq!(play.see(1, 3, 0), [(Fit::Deviates, Severity::High)], "done twice");
    play.memory.revert_to(&block_ref(1, 0)).unwrap();
    assert_eq!(play.memory.digest().unwrap(), before);
    assert_eq!(play.see(0, 2, 1), []);
    assert_eq!(play.see(1, 3, 1), DONE, "in the blocks that took their place it was not done yet");
}

#[test]
fn a_restart_neither_forgets_what_was_done_nor_tells_twice_what_did_not_happen() {
    let mut play = Play::of(&[QUIET, UPGRADE]);
    play.see(1, 2, 0);
    let kept = play.memory.snapshot().to_bytes().unwrap();
    play.memory = Memory::restore(Some(Snapshot::from_bytes(&kept).unwrap()), [], MemoryLimits::default()).unwrap();
    assert_eq!(play.see(0, 5, 0), [], "the window is open still");
    assert_eq!(play.see(0, 6, 0), [(Fit::Absent, Severity::Medium)], "the router's owner, not the vault");
    assert_eq!(play.see(0, 7, 0), [], "once");
    play.memory.revert_to(&block_ref(5, 0)).unwrap();
    assert_eq!(play.see(0, 6, 1), [(Fit::Absent, Severity::Medium)], "the block that said so is gone");
}

#[test]
fn rules_that_change_do_not_forget_what_was_done() {
    let mut play = Play::of(&[QUIET, UPGRADE]);
    assert_eq!(play.see(1, 2, 0), DONE);
    play.detectors.take_over(&mut play.memory);
    assert_eq!(play.see(1, 3, 0), [(Fit::Deviates, Severity::High)]);
}
