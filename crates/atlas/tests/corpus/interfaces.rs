//! Published ABIs and lists of selectors, on the calls and logs of real transactions.

use alloy_primitives::{B256, Bytes};
use atlas::{Artifact, BadRows, Fit, Interfaces};
use serde::Deserialize;

use crate::{corpus, text};

#[derive(Deserialize)]
struct Witness {
    block: Block,
    #[serde(default)]
    receipts: Vec<Receipt>,
}

#[derive(Deserialize)]
struct Block {
    transactions: Vec<Transaction>,
}

#[derive(Deserialize)]
struct Transaction {
    input: Bytes,
}

#[derive(Deserialize)]
struct Receipt {
    logs: Vec<Log>,
}

#[derive(Deserialize)]
struct Log {
    topics: Vec<B256>,
    data: Bytes,
}

fn published() -> Option<Interfaces> {
    let folder = corpus("selectors")?;
    let file = folder.join("verified_contract_abis.json");
    let contracts = Artifact::parse_all("verified_contract_abis.json", &text(&file)).unwrap();
    assert!(contracts.len() > 200 && contracts.iter().all(|contract| contract.address.is_some()));
    let mut all = contracts.iter().fold(Interfaces::default(), |all, contract| all.with(&contract.abi));
    let list = text(&folder.join("selectors.csv"));
    let read = all.add_list("selectors.csv", &list, BadRows::Skip).unwrap();
    println!("{} rows, {} taken, {} left out {:?}", read.rows, read.taken, read.skipped, read.told.first());
    assert!(read.taken > 4_900 && read.skipped * 100 < read.rows);
    Some(all)
}

#[test]
fn calls_and_logs_of_an_attack_are_told_exactly() {
    let (Some(all), Some(folder)) = (published(), corpus("exploits")) else { return };
    let file = std::fs::File::open(folder.join("2021-10-27-cream.json.gz")).unwrap();
    let witness: Witness =
        serde_json::from_reader(std::io::BufReader::new(flate2::read::GzDecoder::new(file))).unwrap();
    let (mut exact, mut loose, mut unknown) = (0, 0, 0);
    for log in witness.receipts.iter().flat_map(|receipt| &receipt.logs) {
        match all.log(&log.topics, &log.data).first().map(|reading| reading.fit) {
            Some(Fit::Exact) => exact += 1,
            Some(_) => loose += 1,
            None => unknown += 1,
        }
    }
    println!("logs: {exact} exact, {loose} loose, {unknown} unknown");
    assert!(exact > 150 && unknown * 20 < exact && loose * 20 < exact);
    let (mut exact, mut other, mut unknown) = (0, 0, 0);
    for input in witness.block.transactions.iter().map(|tx| &tx.input).filter(|input| input.len() >= 4) {
        match all.call(input).first().map(|reading| reading.fit) {
            Some(Fit::Exact) => exact += 1,
            Some(_) => other += 1,
            None => unknown += 1,
        }
    }
    println!("calls: {exact} exact, {other} not exact, {unknown} unknown");
    assert!(exact > 20 && other * 4 < exact);
}
