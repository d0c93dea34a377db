//! The ledger of a real exploit: CREAM Finance, October 2021, 68 assets through flash loans in one transaction.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "in a test a panic is the report")]

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use atlas::Atlas;
use case::{Exhibit, Incident, Place, Timestamp};
use detect::{Detectors, Scope, built_in, read_rules};
use engine::{Casebook, Lens, decide};
use expect_test::expect;
use facts::U256;
use respond::TriageRules;
use rpc::Form;
use watch::Recorded;

/// The incident with the facts of its transactions.
fn exploit() -> Option<(Incident, Vec<Exhibit>)> {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = std::env::var_os("BREAKGLASS_CORPUS").map_or_else(|| PathBuf::from(fallback), PathBuf::from);
    let path = corpus.join("exploits/2021-10-27-cream.json.gz");
    if !path.is_file() {
        println!("skipped: no exploit at `{}`; set BREAKGLASS_CORPUS", path.display());
        return None;
    }
    let recording = Recorded::open(&[path], Form::Ethereum).unwrap().read_next().unwrap().unwrap();
    let chain = Atlas::embedded().chain(&recording.chain).unwrap().clone();
    let detectors = Arc::new(Detectors::new(read_rules(built_in()).unwrap(), Scope::everything()).unwrap());
    let looked = Lens::new(chain.clone(), detectors).unwrap().recorded(&recording.block).unwrap();
    let (mut casebook, rules) = (Casebook::default(), TriageRules::default());
    for (id, alert) in &looked.alerts {
        let now = Timestamp::from_second(i64::try_from(alert.block_time).unwrap()).unwrap();
        let desk = respond::Desk { cases: casebook.incidents(), snoozes: &[], suppressed: &[], rules: &rules, now };
        let drafts = decide(&desk, id, alert).unwrap();
        casebook.write(drafts).unwrap();
    }
    let incident = casebook.incidents()[0].clone();
    let txs = incident.txs();
    let (at, time, slip44) = (looked.facts.block.clone(), looked.facts.timestamp, chain.slip44);
    let own = looked.facts.txs.into_iter().filter(|tx| txs.contains(&tx.hash));
    let exhibits = own.map(|tx| Exhibit { at: at.clone(), time, slip44, tx }).collect();
    Some((incident, exhibits))
}

#[test]
fn what_was_lost_is_followed_to_where_it_rests() {
    let Some((incident, exhibits)) = exploit() else { return };
    let assessed = recover::assess(&incident, &exhibits, Vec::new());
    let losses = &assessed.losses;
    assert_eq!((&losses.unseen[..], losses.rows_left_out), (&[][..], 0));
    // Nothing is lost that an alert judged and the facts do not show, and the sums are those of the alerts.
    let judged = incident.losses();
    for total in &losses.totals {
        assert_eq!(total.amounts.unproved, U256::ZERO, "{}", total.asset);
        let lost = total.amounts.lost - total.amounts.unjudged;
        assert_eq!(judged.get(&total.asset).copied().unwrap_or_default(), lost, "{}", total.asset);
    }

    let money = follow::trace(&incident, &exhibits, &assessed.taken, Vec::new());
    let mut places: BTreeMap<Place, usize> = BTreeMap::new();
    let mut text = String::new();
    for trail in &money.trails {
        let rests = trail.rests.iter().map(|rest| rest.holding.amount).sum::<U256>() + trail.rests_left_out_amount;
        assert_eq!(rests, trail.taken, "{}: what was taken rests", trail.asset);
        for rest in &trail.rests {
            *places.entry(rest.place).or_default() += 1;
        }
        let most = &trail.rests[0];
        text += &format!(
            "{} {} from {} in {} hops, most of it ({}) with {} {:?}\n",
            trail.asset,
            trail.taken,
            trail.from.len(),
            trail.hops.len(),
            most.holding.amount,
            most.holding.account.address,
            most.place
        );
        // The coin is told in full: it is wrapped, unwrapped and paid on the way.
        for hop in trail.hops.iter().filter(|_| trail.asset.as_str().ends_with("slip44:60")) {
            let (from, to) = (hop.from.address, hop.to.address);
            text += &format!("  {from} -> {to} {} {}\n", hop.amount, hop.asset);
        }
    }
    text += &format!("{places:?}\n");
    expect![[r#"
        eip155:1/erc20:0x0d438F3b5175Bebc262bF23753C1E53d03432bDE 135402944541301517084130 from 1 in 1 hops, most of it (135402944541301517084130) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0x1494CA1F11D487c2bBe4543E90080AeBa4BA3C2b 15567575750097560251951 from 1 in 1 hops, most of it (15567575750097560251951) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0x1f9840a85d5aF5bf1D1762F925BDADdC4201F984 156629158238930877722356 from 1 in 1 hops, most of it (156629158238930877722356) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0x25f8087EAD173b73D6e8B84329989A8eEA16CF73 341681583099484551498506 from 1 in 1 hops, most of it (341681583099484551498506) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0x3155BA85D5F96b2d030a4966AF206230e46849cb 418917294792442850457949 from 1 in 1 hops, most of it (418917294792442850457949) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0x4B5BfD52124784745c1071dcB244C6688d2533d3 1424188372514512394279 from 1 in 3 hops, most of it (1424188372514512394279) with 0x0000000000000000000000000000000000000000 Burnt
        eip155:1/erc20:0x50D1c9771902476076eCFc8B2A83Ad6b9355a4c9 38922154159018669294167 from 1 in 1 hops, most of it (38922154159018669294167) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0x6810e776880C02933D47DB1b9fc05908e5386b96 6937023757101307138911 from 1 in 1 hops, most of it (6937023757101307138911) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0x8798249c2E607446EfB7Ad49eC89dD1865Ff4272 623760529988486822779519 from 1 in 1 hops, most of it (623760529988486822779519) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0x956F47F50A910163D8BF957Cf5846D573E7f87CA 3817374503105485458327683 from 1 in 1 hops, most of it (3817374503105485458327683) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48 4324457152800 from 1 in 2 hops, most of it (2634061456789) with 0x6c6Bc977E13Df9b0de53b251522280BB72383700 Other
        eip155:1/erc20:0xbC396689893D065F41bc2C6EcbeE5e0085233447 447222593590652214743874 from 1 in 1 hops, most of it (447222593590652214743874) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0xcBc1065255cBc3aB41a6868c22d1f1C573AB89fd 12266463816009145730493 from 1 in 1 hops, most of it (12266463816009145730493) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7 3780808755759 from 1 in 1 hops, most of it (3780808755759) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/erc20:0xdCD90C7f6324cfa40d7169ef80b12031770B4325 747480864886637652351 from 1 in 1 hops, most of it (747480864886637652351) with 0x961D2B694D9097f35cfFfa363eF98823928a330d Attacker
        eip155:1/slip44:60 5105845551704113767660 from 1 in 7 hops, most of it (2760219805803313878092) with 0x24354D31bC9D90F62FE5f2454709C32049cf866b Attacker
          0xD06527D5e56A3495252A528C4987003b712860eE -> 0x961D2B694D9097f35cfFfa363eF98823928a330d 5105845551704113767660 eip155:1/slip44:60
          0x961D2B694D9097f35cfFfa363eF98823928a330d -> 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2 5105845551704113767660 eip155:1/slip44:60
          0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2 -> 0x961D2B694D9097f35cfFfa363eF98823928a330d 5105845551704113767660 eip155:1/erc20:0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2
          0x961D2B694D9097f35cfFfa363eF98823928a330d -> 0xf701426b8126BC60530574CEcDCb365D47973284 2345625745900799889568 eip155:1/erc20:0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2
          0xf701426b8126BC60530574CEcDCb365D47973284 -> 0x030bA81f1c18d280636F32af80b9AAd02Cf0854e 2345625745900799889568 eip155:1/erc20:0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2
          0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2 -> 0x961D2B694D9097f35cfFfa363eF98823928a330d 2760219805803313878092 eip155:1/slip44:60
          0x961D2B694D9097f35cfFfa363eF98823928a330d -> 0x24354D31bC9D90F62FE5f2454709C32049cf866b 2760219805803313878092 eip155:1/slip44:60
        {Attacker: 15, Burnt: 1, Other: 2}
    "#]].assert_eq(&text);
}
