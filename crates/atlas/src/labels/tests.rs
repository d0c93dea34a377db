use alloy_primitives::{address, keccak256};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::{BadRows, ConfigError, RowsRead};

const VAULT: Address = address!("BA12222222228d8Ba445958a75a0704d566BF2C8");

fn ethereum() -> ChainId {
    ChainId::eip155(1)
}

fn file(text: &str) -> LabelFile<'_> {
    LabelFile { file: "a.csv", text, chain: Some(ethereum()), kinds: None, source: "us", date: Some("2026-11-21") }
}

fn read(text: &str, bad: BadRows) -> Result<(Labels, RowsRead), ConfigError> {
    let mut builder = LabelsBuilder::default();
    let found = builder.read(&file(text), bad)?;
    Ok((builder.build(), found))
}

fn told(labels: &Labels) -> String {
    let line = |label: Label<'_>| {
        let chain = label.chain.map_or("*", ChainId::as_str);
        let date = label.source.date.as_deref().unwrap_or("-");
        format!(
            "{} {chain} [{}] {:?} ({}) {} {date}\n",
            label.address, label.kinds, label.name, label.tags, label.source.name
        )
    };
    labels.iter().map(line).collect()
}

fn check(text: &str, says: Expect) {
    match read(text, BadRows::Skip) {
        Ok((labels, found)) => {
            let mut all = told(&labels);
            all += &format!("{} rows, {} labels, {} skipped\n", found.rows, found.taken, found.skipped);
            found.told.iter().for_each(|error| all += &format!("{error}\n"));
            says.assert_eq(&all);
        }
        Err(error) => says.assert_eq(&format!("refused: {error}\n")),
    }
}

#[test]
fn the_labels_in_the_binary_are_read_and_each_has_a_source_and_a_day() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/labels");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
    let mut listed: Vec<_> = EMBEDDED.iter().map(|(file, _)| *file).collect();
    files.sort();
    listed.sort_unstable();
    assert_eq!(files, listed);
    let labels = Labels::embedded();
    assert!(labels.len() > 90, "{}", labels.len());
    for label in labels.iter() {
        assert!(label.source.date.is_some() && label.source.name != "breakglass" && !label.name.is_empty());
        assert!(!label.kinds.is_empty());
    }
    let on = |chain: u64| labels.of(&ChainId::eip155(chain), VAULT).count();
    assert_eq!((on(1), on(10)), (1, 1), "the vault is the same everywhere");
    let weth = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
    assert_eq!(labels.name(&ethereum(), weth), Some("WETH"));
    assert_eq!(labels.name(&ChainId::eip155(10), weth), None, "what stands there elsewhere is something else");
    assert!(labels.kinds(&ethereum(), VAULT).has(LabelKind::FlashLender));
    assert!(!labels.kinds(&ethereum(), VAULT).any_of(LabelKinds::HOSTILE));
    assert!(labels.kinds(&ethereum(), Address::repeat_byte(7)).is_empty());
}

#[test]
fn every_kind_has_a_name_and_every_tag_a_kind() {
    let mut names: Vec<_> = LabelKind::ALL.iter().map(|kind| kind.name()).collect();
    assert!(names.iter().all(|name| name.parse::<LabelKind>().is_ok_and(|kind| kind.name() == *name)));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), LabelKind::ALL.len());
    assert!(LabelKind::ALL.len() <= 32, "the set has 32 bits");
    assert!(kind::kinds_of_tag("phish-hack").has(LabelKind::Phishing));
    assert!(kind::kinds_of_tag("charity").is_empty());
}

#[test]
fn our_own_form_says_everything() {
    check(
        "# who wrote this\naddress,chain,kinds,name,source,date\n\
         0xBA12222222228d8Ba445958a75a0704d566BF2C8,*,flash-lender | dex-pool,\"Balancer, v2\",docs,2026-01-02\n\
         0xba12222222228d8ba445958a75a0704d566bf2c8,eip155:10,,\"a \"\"vault\"\"\nof two lines\",,\n\
         0x00000000000000000000000000000000000000aa,,exchange,,,\n",
        expect![[r#"
            0x00000000000000000000000000000000000000AA eip155:1 [exchange] "" () us 2026-11-21
            0xBA12222222228d8Ba445958a75a0704d566BF2C8 * [flash-lender dex-pool] "Balancer, v2" () docs 2026-01-02
            0xBA12222222228d8Ba445958a75a0704d566BF2C8 eip155:10 [other] "a \"vault\"\nof two lines" () us 2026-11-21
            3 rows, 3 labels, 0 skipped
        "#]],
    );
}

#[test]
fn sources_that_disagree_are_both_kept_and_one_that_repeats_itself_is_not() {
    check(
        "address,kinds,name,source\n\
         0x00000000000000000000000000000000000000aa,exchange,Honest,a\n\
         0x00000000000000000000000000000000000000aa,phishing,Fake,b\n\
         0x00000000000000000000000000000000000000aa,exchange,Honest,a\n",
        expect![[r#"
            0x00000000000000000000000000000000000000AA eip155:1 [exchange] "Honest" () a 2026-11-21
            0x00000000000000000000000000000000000000AA eip155:1 [phishing] "Fake" () b 2026-11-21
            3 rows, 3 labels, 0 skipped
        "#]],
    );
}

#[test]
fn published_forms_are_read() {
    check(
        "contract_address,contract_tag,contract_creator,contract_creation_tx,contract_creator_tag,source,notes,contract_creator_etherscan_label\n\
         0x00000000000000000000000000000000000000aa,,0x00000000000000000000000000000000000000bb,0x1,Some Exploiter,x,A Hack,exploit\n\
         0x00000000000000000000000000000000000000cc,Bad,,,,x,,\n",
        expect![[r#"
            0x00000000000000000000000000000000000000AA eip155:1 [exploiter] "A Hack" (exploit) us 2026-11-21
            0x00000000000000000000000000000000000000bb eip155:1 [exploiter] "Some Exploiter" (exploit) us 2026-11-21
            0x00000000000000000000000000000000000000cc eip155:1 [malicious] "Bad" () us 2026-11-21
            2 rows, 3 labels, 0 skipped
        "#]],
    );
    check(
        "address,etherscan_tag,etherscan_labels,is_contract\n0x00000000000000000000000000000000000000aa,Fake_Phishing1,phish-hack,False\n",
        expect![[r#"
            0x00000000000000000000000000000000000000AA eip155:1 [phishing] "Fake_Phishing1" (phish-hack) us 2026-11-21
            1 rows, 1 labels, 0 skipped
        "#]],
    );
    check(
        "banned_address,wallet_tag,data_source\r\n0x00000000000000000000000000000000000000aa,Thief,etherscan-heist-list\r\n",
        expect![[r#"
            0x00000000000000000000000000000000000000AA eip155:1 [exploiter] "Thief" (etherscan-heist-list) us 2026-11-21
            1 rows, 1 labels, 0 skipped
        "#]],
    );
    check(
        r#"{"0x00000000000000000000000000000000000000aa": {"name": "Big \u0041", "labels": ["exchange", "odd"]}, "": {"name": "Sum", "labels": []}}"#,
        expect![[r#"
            0x00000000000000000000000000000000000000AA eip155:1 [exchange] "Big A" (exchange,odd) us 2026-11-21
            2 rows, 1 labels, 1 skipped
            `` is not an EVM address at a.csv:1:1; write `0x` and 40 hex digits
        "#]],
    );
}

#[test]
fn a_bare_list_needs_a_kind() {
    let list = "0x00000000000000000000000000000000000000aa\n1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2\n";
    check(
        list,
        expect![[r#"
        2 rows, 0 labels, 2 skipped
        nothing is said of this address at a.csv:1:1; say what kind of accounts they are: a bare list does not
        nothing is said of this address at a.csv:2:1; say what kind of accounts they are: a bare list does not
    "#]],
    );
    for text in [list, r#"["0x00000000000000000000000000000000000000aa", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"]"#] {
        let mut builder = LabelsBuilder::default();
        let listed = LabelFile { kinds: Some(LabelKind::Sanctioned.into()), ..file(text) };
        assert!(builder.read(&listed, BadRows::Refuse).is_err());
        let found = builder.read(&listed, BadRows::Skip).unwrap();
        assert_eq!((found.rows, found.taken, found.skipped), (2, 1, 1));
        let labels = builder.build();
        assert_eq!(labels.len(), 1, "what was refused left nothing behind");
        assert!(labels.iter().all(|label| label.kinds.any_of(LabelKinds::HOSTILE)));
    }
}

#[test]
fn what_cannot_be_used_is_told_with_its_line_and_remedy() {
    let refused = |text: &str, says: Expect| says.assert_eq(&read(text, BadRows::Refuse).unwrap_err().to_string());
    let row = |row: &str| format!("address,chain,kinds,name,source,date\n# a note\n{row}\n");
    refused(
        &row("0xab,,exchange,,,"),
        expect!["`0xab` is not an EVM address at a.csv:3:1; write `0x` and 40 hex digits"],
    );
    refused(
        &row("0xBA12222222228D8ba445958a75a0704d566BF2C8,,exchange,,,"),
        expect![
            "`0xBA12222222228D8ba445958a75a0704d566BF2C8` has a bad checksum at a.csv:3:1; copy it again from its source: these digits would be written `0xBA12222222228d8Ba445958a75a0704d566BF2C8`"
        ],
    );
    refused(
        &row("0x00000000000000000000000000000000000000aa,,exchang,,,"),
        expect!["`exchang` is no kind of account at a.csv:3:1; did you mean `exchange`?"],
    );
    refused(
        &row("0x00000000000000000000000000000000000000aa,solana:1,exchange,,,"),
        expect![
            "`solana:1` is not an EVM chain at a.csv:3:1; write `eip155:` and a number, or `*` for every EVM chain"
        ],
    );
    refused(
        &row("0x00000000000000000000000000000000000000aa,,exchange,,,yesterday"),
        expect!["`yesterday` is not a day at a.csv:3:1; write `YYYY-MM-DD`"],
    );
    refused(
        &row("0x00000000000000000000000000000000000000aa,,exchange,,"),
        expect!["5 fields under a header of 6 at a.csv:3:1; quote a field that holds a comma"],
    );
    refused(
        &row("0x00000000000000000000000000000000000000aa,,exchange,\"a,,"),
        expect!["a quote is not closed at a.csv:3:1; quote fields as RFC 4180 says"],
    );
    refused(
        "address,kinds,colour\n",
        expect![
            "unknown column `colour` at a.csv:1:1; known are `address`, `chain`, `kinds`, `name`, `source`, `date`"
        ],
    );
    refused(
        "who,what\n",
        expect![
            "no column of `who,what` holds addresses at a.csv:1:1; give a CSV with the header `address,chain,kinds,name,source,date`, a list of addresses, or one of the published forms"
        ],
    );
    refused(
        "{\"0x00\": 7}",
        expect![
            "not labels: invalid type: integer `7`, expected struct Said at a.csv:1:10; give a CSV with the header `address,chain,kinds,name,source,date`, a list of addresses, or one of the published forms"
        ],
    );
    refused(
        "[7]",
        expect![
            "not labels: invalid type: integer `7`, expected a string at a.csv:1:2; give a CSV with the header `address,chain,kinds,name,source,date`, a list of addresses, or one of the published forms"
        ],
    );
    refused(
        &row(&format!("0x00000000000000000000000000000000000000aa,,exchange,{},,", "a".repeat(600))),
        expect!["its name or tags are longer than 512 bytes at a.csv:3:1; shorten them"],
    );
}

#[test]
fn a_flood_of_bad_rows_is_counted_and_the_first_are_told() {
    let (_, found) = read(&format!("address,kinds\n{}", "0x,exchange\n".repeat(5_000)), BadRows::Skip).unwrap();
    assert_eq!((found.rows, found.skipped, found.told.len()), (5_000, 5_000, 100));
    let many = format!("{{{}}}", vec!["\"0x\": {}"; 5_000].join(","));
    let (_, found) = read(&many, BadRows::Skip).unwrap();
    assert_eq!((found.rows, found.skipped, found.told.len()), (5_000, 5_000, 100));
}

/// The size that is promised: well under 120 MB for a million labels with names of their own.
#[test]
fn many_labels_take_little_room_and_are_found() {
    use std::fmt::Write as _;
    const MANY: usize = 100_000;
    let nth = |number: usize| Address::from_slice(&keccak256(number.to_be_bytes())[12..]);
    let mut text = "address,chain,kinds,name,source,date\n".to_owned();
    for number in 0..MANY {
        writeln!(text, "{:#x},eip155:{},phishing,Fake_Phishing{number},,", nth(number), number % 3 + 1).unwrap();
    }
    let (labels, found) = read(&text, BadRows::Refuse).unwrap();
    assert_eq!((found.taken, labels.len()), (MANY, MANY));
    assert!(labels.bytes() < MANY * 80, "{} bytes a label", labels.bytes() / MANY);
    for number in (0..MANY).step_by(997) {
        let label: Vec<_> = labels.all_of(nth(number)).collect();
        assert_eq!(label.len(), 1);
        assert_eq!(label[0].name, format!("Fake_Phishing{number}"));
        assert_eq!(labels.of(&ChainId::eip155(9), nth(number)).count(), 0);
    }
}

/// Everything is read back as it was said, whatever names people think of.
#[test]
fn an_excerpt_says_the_same_of_its_accounts() {
    let [one, two, three] = [1, 2, 3].map(Address::with_last_byte);
    let text = format!(
        "address,chain,kinds,name,source,date\n\
         {one:#x},*,sanctioned|exploiter,\"A, \"\"B\"\"\n# c\",OFAC,2026-11-01\n\
         {one:#x},eip155:10,mixer,,\"a, list\",\n{two:#x},*,exchange,x,y,\n{three:#x},*,other,# z,y,\n"
    );
    let (labels, _) = read(&text, BadRows::Refuse).unwrap();
    let excerpt = labels.excerpt(&[three, one, Address::ZERO].into());
    let mut builder = LabelsBuilder::default();
    builder.read(&LabelFile { date: None, ..file(&excerpt) }, BadRows::Refuse).unwrap();
    let said: String = told(&labels).lines().filter(|line| !line.starts_with(&two.to_string())).collect();
    let again = builder.build();
    assert_eq!(told(&again).lines().collect::<String>(), said);
    assert_eq!(again.excerpt(&[three, one].into()), excerpt);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[ -~\n\"]{0,300}", bytes in "(address,kinds\n)?[0-9a-fx,\"\n|#{}\\[\\]:]{0,200}") {
        for text in [text, bytes] {
            if let Ok((labels, found)) = read(&text, BadRows::Skip) {
                prop_assert!(labels.len() <= found.taken && found.taken <= 2 * found.rows);
                prop_assert!(found.skipped <= found.rows);
            }
        }
    }

    /// What is looked up is what a search through all of it finds, whatever addresses there are.
    #[test]
    fn look_ups_find_what_is_there(firsts in proptest::collection::vec((0_u8..4, 0_u8..3), 0..80)) {
        let nth = |first: u8| Address::left_padding_from(&[first]);
        let mut text = "address,chain,kinds,name\n".to_owned();
        for (at, (first, chain)) in firsts.iter().enumerate() {
            let chain = match chain { 0 => "*".to_owned(), chain => format!("eip155:{chain}") };
            text += &format!("{:#x},{chain},exchange,{at}\n", nth(*first));
        }
        let (labels, _) = read(&text, BadRows::Refuse).unwrap();
        for first in 0..5 {
            for chain in 1..3 {
                let wanted = firsts.iter().filter(|(a, of)| *a == first && (*of == 0 || *of == chain)).count();
                prop_assert_eq!(labels.of(&ChainId::eip155(u64::from(chain)), nth(first)).count(), wanted);
            }
        }
    }
}
