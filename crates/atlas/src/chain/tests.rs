use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::Atlas;

fn chain(number: u64) -> Chain {
    Atlas::embedded().chain(&ChainId::eip155(number)).unwrap().clone()
}

#[test]
fn the_binary_carries_every_chain_file_of_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/chains");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let read = Chain::parse(&path.display().to_string(), &text).unwrap();
        assert_eq!(Atlas::embedded().chain(&read.id), Some(&read), "{}", path.display());
        assert!(!read.provenance.source.is_empty() && !read.provenance.licence.is_empty());
        files += 1;
    }
    assert_eq!(Atlas::embedded().chains().count(), files);
}

#[test]
fn ethereum_changes_its_rules_at_the_exact_block() {
    let ethereum = chain(1);
    // Height, the fork before it, the fork from it on.
    let by_block = [
        (200_000, Fork::Frontier, Fork::FrontierThawing),
        (1_150_000, Fork::FrontierThawing, Fork::Homestead),
        (1_920_000, Fork::Homestead, Fork::Dao),
        (2_463_000, Fork::Dao, Fork::Tangerine),
        (2_675_000, Fork::Tangerine, Fork::SpuriousDragon),
        (4_370_000, Fork::SpuriousDragon, Fork::Byzantium),
        (7_280_000, Fork::Byzantium, Fork::Petersburg),
        (9_069_000, Fork::Petersburg, Fork::Istanbul),
        (9_200_000, Fork::Istanbul, Fork::MuirGlacier),
        (12_244_000, Fork::MuirGlacier, Fork::Berlin),
        (12_965_000, Fork::Berlin, Fork::London),
        (13_773_000, Fork::London, Fork::ArrowGlacier),
        (15_050_000, Fork::ArrowGlacier, Fork::GrayGlacier),
        (15_537_394, Fork::GrayGlacier, Fork::Paris),
    ];
    for (number, before, from) in by_block {
        // The real time of such a block is before Shanghai, the first fork by time.
        assert_eq!(ethereum.fork_at(number - 1, 1_663_000_000), Some(before), "{number} - 1");
        assert_eq!(ethereum.fork_at(number, 1_663_000_000), Some(from), "{number}");
        assert_eq!(ethereum.fork_at(number + 1, 1_663_000_000), Some(from), "{number} + 1");
    }
    assert_eq!(ethereum.fork_at(0, 0), Some(Fork::Frontier));
}

#[test]
fn ethereum_changes_its_rules_at_the_exact_second() {
    check_times(
        1,
        17_034_870,
        &[
            (1_681_338_455, Fork::Paris, Fork::Shanghai),
            (1_710_338_135, Fork::Shanghai, Fork::Cancun),
            (1_746_612_311, Fork::Cancun, Fork::Prague),
            (1_764_798_551, Fork::Prague, Fork::Osaka),
            (1_765_290_071, Fork::Osaka, Fork::Bpo1),
            (1_767_747_671, Fork::Bpo1, Fork::Bpo2),
        ],
    );
}

#[test]
fn the_test_networks_change_theirs_at_their_own() {
    check_times(
        11_155_111,
        2_990_908,
        &[
            (1_677_557_088, Fork::Paris, Fork::Shanghai),
            (1_706_655_072, Fork::Shanghai, Fork::Cancun),
            (1_741_159_776, Fork::Cancun, Fork::Prague),
            (1_760_427_360, Fork::Prague, Fork::Osaka),
            (1_761_017_184, Fork::Osaka, Fork::Bpo1),
            (1_761_607_008, Fork::Bpo1, Fork::Bpo2),
            (1_791_294_816, Fork::Bpo2, Fork::Amsterdam),
        ],
    );
    assert_eq!(chain(11_155_111).fork_at(1_450_408, 1_650_000_000), Some(Fork::GrayGlacier));
    assert_eq!(chain(11_155_111).fork_at(1_450_409, 1_650_000_000), Some(Fork::Paris));
    check_times(
        560_048,
        60_412,
        &[
            (1_742_999_832, Fork::Cancun, Fork::Prague),
            (1_761_677_592, Fork::Prague, Fork::Osaka),
            (1_762_365_720, Fork::Osaka, Fork::Bpo1),
            (1_762_955_544, Fork::Bpo1, Fork::Bpo2),
        ],
    );
}

fn check_times(id: u64, number: u64, times: &[(u64, Fork, Fork)]) {
    let chain = chain(id);
    for (time, before, from) in times {
        assert_eq!(chain.fork_at(number, time - 1), Some(*before), "{time} - 1");
        assert_eq!(chain.fork_at(number, *time), Some(*from), "{time}");
        assert_eq!(chain.fork_at(number, time + 1), Some(*from), "{time} + 1");
    }
}

#[test]
fn a_fork_that_is_not_known_is_not_guessed() {
    for chain in Atlas::embedded().chains() {
        let known = chain.fork_at(20_000_000, 1_760_000_000).is_some();
        let scheduled = ["eip155:1", "eip155:11155111", "eip155:560048"].contains(&chain.id.as_str());
        assert_eq!(known, scheduled, "{}", chain.name);
        if let Execution::Other { why } = &chain.execution {
            assert!(why.len() > 20 && !known, "{}", chain.name);
        }
    }
    let anvil = chain(31_337);
    assert_eq!(anvil.execution, Execution::Ethereum);
    assert_eq!(anvil.fork_at(0, 0), None);
    assert_eq!(anvil.declared(Fork::Bpo1).fork_at(0, 0), Some(Fork::Bpo1));
    assert_eq!(Chain::devnet(ChainId::eip155(1337), Fork::Prague).fork_at(7, 7), Some(Fork::Prague));
}

#[test]
fn a_users_chain_stands_over_ours() {
    let text = include_str!("../../../../data/chains/anvil.toml").replace("Development chain", "Our staging net");
    let atlas = Atlas::embedded().with_chain_toml("chains/staging.toml", &text).unwrap();
    assert_eq!(atlas.chain(&ChainId::eip155(31_337)).unwrap().name, "Our staging net");
    assert_eq!(atlas.chain(&ChainId::eip155(99_999)), None);
}

fn check(from: &str, to: &str, refused: Expect) {
    let text = include_str!("../../../../data/chains/ethereum.toml");
    assert!(text.contains(from), "the case changes nothing");
    let error = Atlas::embedded().with_chain_toml("ethereum.toml", &text.replace(from, to)).unwrap_err();
    refused.assert_eq(&error.to_string());
}

#[test]
fn a_chain_file_that_cannot_be_right_is_refused() {
    check(
        "schema = 1",
        "schema = 2",
        expect!["schema 2 is not known at ethereum.toml:1:10; this version reads `schema = 1`"],
    );
    check("slip44", "slip-44", expect!["unknown key `slip-44` at ethereum.toml:4:1; did you mean `slip44`?"]);
    check(
        "london =",
        "londn =",
        expect!["`londn` is not a fork this version knows at ethereum.toml:30:1; did you mean `london`?"],
    );
    check(
        "paris =",
        "merge = { block = 15537394 }\nparis =",
        expect!["`paris` is here twice at ethereum.toml:34:1; remove one of them"],
    );
    check(
        "1710338135",
        "1",
        expect![
            "`cancun` begins before `shanghai` at ethereum.toml:35:1; forks begin in their order, those by block before those by time"
        ],
    );
    check(
        "{ time = 1681338455 }",
        "{ block = 1 }",
        expect![
            "`shanghai` begins before `paris` at ethereum.toml:34:1; forks begin in their order, those by block before those by time"
        ],
    );
    check(
        "{ time = 1681338455 }",
        "{ height = 1 }",
        expect!["unknown value `height` at ethereum.toml:34:14; known are `block`, `time`"],
    );
    check(
        "6Cc2",
        "6CC2",
        expect![
            "`0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756CC2` has a bad checksum at ethereum.toml:7:19; copy it again from its source: these digits would be written `0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2`"
        ],
    );
    check(
        "execution = \"ethereum\"",
        "execution = \"other\"",
        expect!["`other` without a reason at ethereum.toml:10:13; add `execution_why`"],
    );
    check(
        "execution = \"ethereum\"",
        "execution = \"other\"\nexecution_why = \"fees\"",
        expect![
            "`other` with forks at ethereum.toml:10:13; remove `[forks]`: they name Ethereum's rules, by which this chain does not run"
        ],
    );
    check(
        "= 12000",
        "= 0",
        expect!["a block time of 0 ms cannot be at ethereum.toml:8:17; write 1 to 60000 milliseconds"],
    );
}

proptest! {
    #[test]
    fn no_text_brings_a_chain_file_down(cut in 0usize..2000, with in any::<String>()) {
        let text = include_str!("../../../../data/chains/ethereum.toml");
        let cut = text.floor_char_boundary(cut.min(text.len()));
        let changed = format!("{}{with}{}", &text[..cut], &text[(cut + 3).min(text.len())..]);
        if let Err(error) = Chain::parse("x.toml", &changed) {
            prop_assert!(error.to_string().contains("x.toml:"));
        }
    }
}
