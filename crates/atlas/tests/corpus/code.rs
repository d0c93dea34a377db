//! Static reading of the code in real blocks, compared with the ABIs that the contracts' authors published.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, Bytes, Selector};
use atlas::{Abi, Bytecode, Callbacks, bytecode::Form};
use serde::Deserialize;

use crate::{corpus, text};

#[derive(Deserialize)]
struct Witness {
    pre_state: BTreeMap<Address, Account>,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    code: Bytes,
}

/// Every code of the real blocks, by one account that has it.
fn codes() -> Option<BTreeMap<Address, Bytes>> {
    let mut codes = BTreeMap::new();
    for folder in ["mainnet", "exploits"] {
        for file in std::fs::read_dir(corpus(folder)?).unwrap() {
            let file = std::fs::File::open(file.unwrap().path()).unwrap();
            let witness: Witness =
                serde_json::from_reader(std::io::BufReader::new(flate2::read::GzDecoder::new(file))).unwrap();
            let accounts = witness.pre_state.into_iter().filter(|(_, account)| !account.code.is_empty());
            codes.extend(accounts.map(|(address, account)| (address, account.code)));
        }
    }
    Some(codes)
}

#[derive(Deserialize)]
struct Verified {
    address: Address,
    name: String,
    compiler: String,
    abi: serde_json::Value,
}

#[test]
fn the_dispatched_functions_are_those_of_the_published_abi() {
    let (Some(codes), Some(selectors)) = (codes(), corpus("selectors")) else { return };
    let verified: Vec<Verified> = serde_json::from_str(&text(&selectors.join("verified_contract_abis.json"))).unwrap();
    let (mut hit, mut missed, mut extra, mut contracts) = (0, 0, 0, 0);
    for contract in verified {
        let Some(code) = codes.get(&contract.address) else { continue };
        let read = Bytecode::read(code);
        let abi = Abi::parse("abi.json", &contract.abi.to_string()).unwrap();
        let wanted: BTreeSet<Selector> = abi.functions().map(|function| function.selector()).collect();
        let found: BTreeSet<Selector> = read.functions.iter().map(|(selector, _)| *selector).collect();
        if matches!(read.form, Form::Minimal(_)) {
            assert!(found.is_empty());
            continue;
        }
        contracts += 1;
        hit += wanted.intersection(&found).count();
        let lost: Vec<_> =
            abi.functions().filter(|f| !found.contains(&f.selector())).map(ToString::to_string).collect();
        let more: Vec<_> = found.difference(&wanted).collect();
        missed += lost.len();
        extra += more.len();
        if !lost.is_empty() || !more.is_empty() {
            println!(
                "{} {} {} ({:?}): of {} missed {lost:?}, more {more:?}",
                contract.address,
                contract.name,
                contract.compiler,
                read.form,
                wanted.len()
            );
        }
    }
    println!("{contracts} contracts: {hit} functions found, {missed} missed, {extra} more");
    // A published ABI is the ABI of the code behind a minimal proxy, and a library's is not that of its selectors.
    assert!(contracts > 100 && missed * 1_000 <= hit, "{missed} of {hit} missed");
    assert!(extra * 200 <= hit, "{extra} besides {hit}");
}

#[test]
fn all_code_of_real_blocks_is_read() {
    let Some(codes) = codes() else { return };
    let mut forms: BTreeMap<String, usize> = BTreeMap::new();
    let (mut silent, mut noted, mut callbacks) = (0, 0, BTreeMap::<_, usize>::new());
    let known = Callbacks::embedded();
    // A third of them: builds for tests read slowly.
    let codes: Vec<_> = codes.values().step_by(3).collect();
    for code in &codes {
        let read = Bytecode::read(code);
        let form = match &read.form {
            Form::Minimal(proxy) => {
                assert!(!proxy.target.is_zero());
                format!("{:?}", proxy.standard)
            }
            other => format!("{other:?}"),
        };
        *forms.entry(form).or_default() += 1;
        silent += usize::from(read.form == Form::Plain && read.functions.is_empty());
        noted += usize::from(read.metadata.is_some());
        for callback in known.in_code(&read) {
            *callbacks.entry(callback.signature.name().to_owned()).or_default() += 1;
        }
        assert_eq!(
            read.fingerprint.similarity(&read.fingerprint),
            if read.fingerprint.is_empty() { 0 } else { 10_000 }
        );
    }
    println!("{} codes: {forms:?}; {noted} with a compiler's note, {silent} plain without functions", codes.len());
    println!("callbacks: {callbacks:?}");
    // Most of them have a note; a proxy, a bot and a blob of data have no functions.
    assert!(noted * 10 > codes.len() * 7 && silent * 10 < codes.len(), "{noted} {silent}");
}
