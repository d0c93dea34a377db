//! Real transactions: an exploit, the last transactions of real blocks, and a source that lies about who sent what.

use std::path::PathBuf;

use atlas::{Atlas, Chain};
use case::Severity;
use engine::{Analyst, Lens, checked};
use expect_test::expect;
use facts::{Address, Block};
use report::analysis::{Sender, html};
use rpc::Form;
use watch::{Recorded, Recording};

use crate::{lore, part, told};

fn corpus(inside: &str) -> Option<PathBuf> {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = std::env::var_os("BREAKGLASS_CORPUS").map_or_else(|| PathBuf::from(fallback), PathBuf::from);
    let path = corpus.join(inside);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: nothing at `{}`; set BREAKGLASS_CORPUS", path.display());
    None
}

fn chain(recording: &Recording) -> Chain {
    Atlas::embedded().chain(&recording.chain).unwrap().clone()
}

fn cream() -> Option<Recording> {
    let path = corpus("exploits/2021-10-27-cream.json.gz")?;
    Some(Recorded::open(&[path], Form::Ethereum).unwrap().read_next().unwrap().unwrap())
}

#[test]
fn the_exploit_of_cream() {
    let Some(recording) = cream() else { return };
    let tx = recording.block.txs[5].hash;
    let analysis = Analyst::new(chain(&recording), lore(None, &[])).unwrap().within(&recording, tx, &[]).unwrap();
    assert_eq!(analysis.blind, Vec::<String>::new());
    let text = told(&analysis);
    expect![[r#"
        STORY
          - 0x2435…866b called the unnamed function 0x67c354b5 of 0x961D…330d. [#0]
          - 0x961D…330d borrowed 500,000,000 DAI from Maker: DssFlash, before 2022 and paid it back within
            the same call, without a fee. [#1]
          - 0xf701…3284 borrowed 524,102.159298… wrapped ETH from 0x030b…854e and paid it back within the
            same call, with a fee of 471.691943… wrapped ETH. [#175]
          * What 0x338E…1f1d answers to getUnderlyingPrice(0x4BAa…9Dd4) changed under way from
            279,315,805,713,854 to 558,631,611,427,708, 100 % more. [#3017 #118]
          ! 0xD065…60eE lost 5,105.845551… ETH, 100 % of what it held. [#964]
          ! 0x523E…8e9E lost 6,937.023757… GNO, 100 % of what it held. [#2774]
          ! 0xe89a…63C7 lost 156,629.158238… UNI, 100 % of what it held. [#1825]
          ! 0x10FD…49Db lost 38,922,154,159,018,669,294,167 base units of 0x50D1…a4c9, 100 % of what it
            held. [#2996]
          ! 0x1F9b…B284 lost 747,480,864,886,637,652,351 base units of 0xdCD9…4325, 100 % of what it held.
            [#2560]
          ! 0x2286…Fbb2 lost 623,760,529,988,486,822,779,519 base units of 0x8798…4272, 100 % of what it
            held. [#1158]
          ! 0x299e…3a3B lost 447,222,593,590,652,214,743,874 base units of 0xbC39…3447, 100 % of what it
            held. [#1396]
          ! 0x2A53…366D lost 15,567,575,750,097,560,251,951 base units of 0x1494…3C2b, 100 % of what it
            held. [#1672]
          ! And 10 more of this kind: see WHO LOST AND GAINED.
          - The sender's side gained 2,760.219805… ETH, 156,629.158238… UNI, 6,937.023757… GNO,
            135,402,944,541,301,517,084,130 base units of 0x0d43…2bDE, 15,567,575,750,097,560,251,951 base
            units of 0x1494…3C2b, 341,681,583,099,484,551,498,506 base units of 0x25f8…CF73 and 12 more
            assets, after paying back what was borrowed with its fees. [#183 #964 #1825 #2774 #1273 #1672
            #3220]
          - It rests with 0x2435…866b, 0x961D…330d, 0xf701…3284.
          - It cost 9.162987… ETH of gas: 2,751.056818… ETH of the gain are left after that.
    "#]]
    .assert_eq(part(&text, "STORY"));
    // Who is known is named with who says so and when; code that nobody named is told by the functions that it has.
    let accounts = part(&text, "ACCOUNTS");
    for words in ["\"Aave v2: LendingPool\"", "2026-11-21", "functions of its", "0x67c354b5"] {
        assert!(accounts.contains(words), "`{words}` in:\n{accounts}");
    }
    let page = html(&analysis).unwrap();
    let sections = ["id=\"story\"", "id=\"calls\"", "id=\"f3226\"", "Suspected weakness", "getUnderlyingPrice"];
    assert!(sections.iter().all(|section| page.contains(section)));
    // One file, that loads nothing and runs nothing.
    for foreign in ["<script", "http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    assert_eq!(page.matches("<div").count(), page.matches("</div>").count());
}

#[test]
fn the_last_transactions_of_real_blocks_are_proved() {
    let Some(folder) = corpus("mainnet") else { return };
    let mut source = Recorded::open(&[folder], Form::Ethereum).unwrap();
    let (mut seen, mut number) = (0, 0);
    while let Some(recording) = source.read_next() {
        let recording = recording.unwrap();
        number += 1;
        // Every fourth block, from Frontier to Cancun.
        let Some(witness) = recording.block.witness.as_ref().filter(|_| number % 4 == 0) else { continue };
        let last = recording.block.txs[witness.executable as usize - 1].hash;
        let analysis = Analyst::new(chain(&recording), lore(None, &[])).unwrap().within(&recording, last, &[]).unwrap();
        assert_eq!(analysis.blind, Vec::<String>::new(), "block {}", analysis.block);
        let told = analysis.told.unwrap();
        assert_eq!(told.sender.signed, Some(told.sender.named.clone()), "block {}", analysis.block);
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn a_source_that_names_another_sender_is_found_out() {
    let Some(recording) = cream() else { return };
    let exploit = &recording.block.txs[5];
    assert_eq!(checked(exploit), Sender::Proved(exploit.from));
    let scapegoat = Address::repeat_byte(0xbb);
    let mut lying: Block = recording.block.as_ref().clone();
    lying.txs[5].from = scapegoat;
    let found = Sender::Contradicted { named: scapegoat, signed: exploit.from };
    assert_eq!(checked(&lying.txs[5]), found);
    let mut unsigned = exploit.clone();
    unsigned.signature = None;
    assert_eq!(checked(&unsigned), Sender::Unproved(exploit.from));

    // What was found in the name of the scapegoat is kept, and an alert says whose signature it bears.
    let rules = lore(None, &[]).detectors[0].clone();
    let mut lens = Lens::new(chain(&recording), rules).unwrap();
    let mut looked = lens.recorded(&recording.block).unwrap();
    let before = looked.alerts.len();
    lens.identify(&recording.block, &mut looked).unwrap();
    assert_eq!(looked.alerts.len(), before, "an honest source is left alone");
    lens.identify(&lying, &mut looked).unwrap();
    let (_, alert) = looked.alerts.last().unwrap();
    assert_eq!((looked.alerts.len(), alert.tx, alert.severity), (before + 1, Some(exploit.hash), Severity::High));
    assert!(alert.message.contains(&format!("the signature is of `{}`", exploit.from)), "{}", alert.message);
}
