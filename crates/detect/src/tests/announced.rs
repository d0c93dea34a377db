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

    /// What is said of the upgrade where nothing is announced.
    fn alarm(mut self) -> Alert {
        self.scene.announced = Announcements::default().into();
        let (chain, facts) = (chain(), self.scene.blocks[1].clone());
        let mut look = self.detectors.look(&chain, &facts.block, facts.timestamp, &mut self.memory).unwrap();
        facts.txs.iter().for_each(|tx| look.tx(tx));
        let found = look.finish(&facts).alerts;
        found.into_iter().find(|alert| alert.severity >= Severity::High).unwrap()
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
fn what_was_there_before_it_was_announced_is_not_announced_wherever_it_is_moved() {
    let mut play = Play::of(&[QUIET, UPGRADE]);
    let (tx, vault) = (play.scene.blocks[1].txs[0].hash, play.scene.blocks[1].txs[0].to.unwrap());
    // Seen in block 2, announced afterwards, and moved to block 3 with a later time.
    let said = Play::of(&[QUIET, UPGRADE]).alarm();
    assert_eq!((said.tx, said.subject.address), (Some(tx), vault));
    let mut held = play.scene.announced.held().to_vec();
    held.iter_mut().for_each(|one| one.note(&said, true));
    assert_eq!(held.iter().filter(|one| one.seen.contains(&tx)).count(), 1, "the router's has nothing to do with it");
    play.scene.announced = Announcements::new(held.clone()).into();
    play.see(0, 2, 0);
    assert_eq!(play.see(1, 3, 0), []);
    // Another transaction that does the same is what was announced.
    play.scene.blocks[1].txs[0].hash = facts::B256::repeat_byte(0x77);
    assert_eq!(play.see(1, 4, 0), DONE);

    // An alert that was written down after it counts if its block was made before it, and one of a later block does not.
    let mut held = held.remove(0);
    held.seen.clear();
    held.note(&said, false);
    assert!(held.seen.is_empty());
    held.after = said.seen_at.number;
    held.note(&said, false);
    assert!(held.seen.contains(&tx));
}

#[test]
fn what_waits_and_is_announced_is_no_alarm() {
    let mut play = Play::of(&[QUIET, UPGRADE]);
    play.see(0, 1, 0);
    let tx = play.scene.blocks[1].txs[0].clone();
    let (time, chain) = (1_700_000_012, chain());
    let mut told = |announced: &Announcements| {
        let before = play.memory.digest().unwrap();
        let alerts = play.detectors.foretell(&chain, (time, time + 12), &mut play.memory, announced, &tx).unwrap();
        assert_eq!(play.memory.digest().unwrap(), before);
        alerts
    };
    assert_eq!(told(&play.scene.announced), []);
    let alarms = told(&Announcements::default());
    assert!(!alarms.is_empty());
    for alarm in alarms {
        assert_eq!((alarm.basis, alarm.tx, alarm.seen_at.number), (case::Basis::Pending, Some(tx.hash), 1));
        assert!(alarm.severity >= Severity::High && alarm.losses.is_empty(), "{alarm:?}");
        assert!(alarm.message.starts_with("waits to be mined: "), "{}", alarm.message);
    }
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

/// The vault may send 100 ether to `next`, when `safe` has it do so.
const PAYOUT: &str = "
about = ''
[protocol]
vault = 'Vault'
[[announced]]
by = ['safe']
between = [2, 9]
changes = [{ contract = 'vault', payout = { to = 'next', at_most = '100 ether' } }]
[[block]]
";

fn pays(by: &str, to: &str, ether: u64) -> String {
    format!(
        "[[block]]\n[[block.tx]]\nfrom = '{by}'\nto = 'vault'\n\
         calls = [{{ call = 'migrate()' }}, {{ from = 'vault', to = '{to}', depth = 1, value = '{ether} ether', gas = 0 }}]\n\
         flows = [{{ from = 'vault', to = '{to}', amount = '{ether} ether', frame = 1 }}]\n\
         balances = [['vault', '400 ether', '{} ether']]\n",
        400 - ether
    )
}

#[test]
fn a_payout_is_excused_as_far_as_it_was_announced_and_what_deviates_is_told() {
    let blocks =
        [pays("safe", "next", 60), pays("safe", "moe", 60), pays("mallory", "next", 40), pays("ann", "moe", 60)];
    let text = format!("{PAYOUT}{}[expect]\nalerts = []\n", blocks.concat());
    let scene = Scene::read("play.toml", &text).unwrap();
    let detectors = Detectors::new(read_rules(built_in()).unwrap(), scene.scope.clone()).unwrap();
    let mut play = Play { scene, detectors, memory: Memory::default() };
    assert_eq!(play.see(0, 1, 0), []);
    let done = [(Fit::Excused, Severity::Info), (Fit::Done, Severity::Info)];
    assert_eq!(play.see(1, 2, 0), done);
    assert_eq!(play.see(2, 3, 0), [(Fit::Deviates, Severity::Critical)], "to somebody else");
    assert_eq!(play.see(3, 4, 0), [(Fit::Deviates, Severity::Critical)], "by somebody else");
    assert_eq!(play.see(4, 5, 0), [], "neither has anything to do with it; it is an alarm of its own");
    assert_eq!(play.see(1, 6, 0), [(Fit::Deviates, Severity::Critical)], "120 of 100 ether");
    // What was paid in blocks that are gone was not paid.
    play.memory.revert_to(&block_ref(1, 0)).unwrap();
    assert_eq!(play.see(1, 2, 1), done);
}
