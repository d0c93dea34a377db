//! Labels as others publish them.

use alloy_primitives::address;
use atlas::{BadRows, LabelFile, LabelKind, LabelKinds, LabelsBuilder};
use facts::ChainId;

use crate::{corpus, text};

#[test]
fn published_labels_are_read_and_what_is_left_out_is_told() {
    let Some(folder) = corpus("labels") else { return };
    let mut builder = LabelsBuilder::embedded();
    let mut report = String::new();
    let mut take = |path: &str, chain: Option<u64>, kinds: Option<LabelKind>, source: &str| {
        let text = text(&folder.join(path));
        let (chain, kinds) = (chain.map(ChainId::eip155), kinds.map(LabelKinds::from));
        let file = LabelFile { file: path, text: &text, chain, kinds, source, date: None };
        let read = builder.read(&file, BadRows::Skip).unwrap();
        report += &format!("{path}: {} rows, {} labels, {} left out\n", read.rows, read.taken, read.skipped);
        read.told.iter().take(3).for_each(|error| report += &format!("    {error}\n"));
        assert!(read.skipped * 10 <= read.rows || path.starts_with("ofac"), "{report}");
    };
    for (file, chain) in
        [("etherscan", 1), ("bscscan", 56), ("polygonscan", 137), ("arbiscan", 42_161), ("optimism", 10)]
    {
        take(&format!("etherscan-labels/{file}.json"), Some(chain), None, "Etherscan label sets");
    }
    for file in ["1/etherscan_malicious_labels", "1/malicious_smart_contracts", "1/phishing_scams"] {
        take(&format!("forta/labels/{file}.csv"), Some(1), None, "Forta labelled datasets");
    }
    take("forta/labels/10/malicious_smart_contracts.csv", Some(10), None, "Forta labelled datasets");
    for coin in ["ETH", "USDC", "USDT", "BSC", "ARB", "ETC"] {
        for form in ["txt", "json"] {
            let path = format!("ofac/sanctioned_addresses_{coin}.{form}");
            take(&path, None, Some(LabelKind::Sanctioned), "OFAC SDN list");
        }
    }
    println!("{report}");
    let labels = builder.build();
    println!("{} labels, {} bytes", labels.len(), labels.bytes());
    assert!(labels.len() > 55_000);
    let ethereum = ChainId::eip155(1);
    let kinds = |address| labels.kinds(&ethereum, address);
    // Two sources name it, the third lists it.
    let router = address!("d90e2f925DA726b50C4Ed8D0Fb90Ad053324F31b");
    assert!(kinds(router).has(LabelKind::Mixer) && kinds(router).has(LabelKind::Sanctioned), "{}", kinds(router));
    assert!(labels.of(&ethereum, router).count() >= 2);
    let ronin = address!("098B716B8Aaf21512996dC57EB0615e2383E2f96");
    assert!(kinds(ronin).any_of(LabelKinds::HOSTILE));
    let binance = address!("28C6c06298d514Db089934071355E5743bf21d60");
    assert!(kinds(binance).has(LabelKind::Exchange) && !kinds(binance).any_of(LabelKinds::HOSTILE));
}
