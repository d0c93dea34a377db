//! Orders that give pieces away: the pages of 2022 to 2024 that had holders sign what a bazaar takes for a sale.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, Bytes, U256};

use crate::{
    Arg as _, Scenario, Stage, Tuple, args, ether,
    scenarios::{
        cast::{CITIZENS, newcomer},
        props::{one, parts, signed},
    },
};

pub(super) const LISTED_FOR_NOTHING: Scenario = Scenario {
    id: "signature/permit-phish/listed-for-nothing",
    about: "holders sign on a false page what is an order at a bazaar: all of their prints, for one unit, to nobody but the \
            one who made the page",
    attack,
    twin,
};

const FULFILL: &str = "fulfillAvailable((address,address,uint256[],uint256,address,uint256)[],bytes[],address)";
const EACH: u64 = 5;

struct Square {
    prints: Address,
    bazaar: Address,
}

/// What a holder signs: pieces, price, who may have them.
struct Order {
    name: &'static str,
    ids: Vec<u64>,
    price: U256,
    zone: Address,
    salt: u64,
}

fn square(stage: &mut Stage<'_>) -> Result<Square> {
    let (painter, maker) = (stage.actor("painter"), stage.actor("maker"));
    let prints = stage.deploy(painter, "Prints", args![])?;
    let conduit = stage.deploy(maker, "Conduit", args![])?;
    let bazaar = stage.deploy(maker, "Bazaar", args![conduit])?;
    stage.call(maker, conduit, "open(address)", args![bazaar]);
    stage.protect(bazaar, "bazaar");
    stage.protect(prints, "prints");
    stage.pass(1)?;
    for name in CITIZENS {
        let holder = stage.actor(name);
        stage.call(painter, prints, "print(address,uint256)", args![holder, EACH]);
        stage.call(holder, prints, "setApprovalForAll(address,bool)", args![conduit, true]);
        stage.pass(1)?;
    }
    // Sales of the usual kind.
    let buyer = stage.actor("buyer");
    for (number, name) in [(0u64, "alice"), (2, "carol")] {
        let price = stage.amount(ether(3));
        let order = Order { name, ids: vec![number * EACH + 1], price, zone: Address::ZERO, salt: number };
        fulfill(stage, (prints, bazaar), buyer, buyer, vec![order])?;
        stage.pass(1)?;
    }
    Ok(Square { prints, bazaar })
}

/// Brings signed orders and the coins for them.
fn fulfill(
    stage: &mut Stage<'_>,
    (prints, bazaar): (Address, Address),
    by: Address,
    to: Address,
    orders: Vec<Order>,
) -> Result<()> {
    let own = keccak256(crate::encode(args![31_337u64, bazaar]));
    let (mut listed, mut signatures, mut sum) = (Vec::new(), Vec::new(), U256::ZERO);
    for Order { name, ids, price, zone, salt } in orders {
        let offerer = stage.actor(name);
        let packed: Vec<u8> = ids.iter().flat_map(|id| U256::from(*id).to_be_bytes::<32>()).collect();
        let ids_hash: B256 = keccak256(packed);
        let inner = keccak256(crate::encode(args![offerer, prints, ids_hash, price, zone, salt]));
        let hash = keccak256([b"\x19\x01".as_slice(), own.as_slice(), inner.as_slice()].concat());
        let signature = signed(stage, name, hash)?;
        listed.push(Tuple(args![offerer, prints, ids, price, zone, salt]).value());
        signatures.push(signature);
        sum += price;
    }
    let mut args: Vec<DynSolValue> = vec![DynSolValue::Array(listed)];
    args.extend(args![signatures as Vec<Bytes>, to]);
    stage.pay(by, bazaar, sum, FULFILL, args);
    Ok(())
}

/// What a holder still has: all of the first five but the one that was sold.
fn pieces(number: u64) -> Vec<u64> {
    let first = if number.is_multiple_of(2) && number < 4 { 2 } else { 1 };
    (first..=EACH).map(|piece| number * EACH + piece).collect()
}

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let Square { prints, bazaar } = square(stage)?;
    let thief = newcomer(stage, "thief")?;
    let payee = stage.payee(thief);
    let victims: Vec<(u64, &'static str)> = (0u64..).zip(CITIZENS).collect();
    for part in parts(stage, victims) {
        let orders = part.into_iter().map(|(number, name)| Order {
            name,
            ids: pieces(number),
            price: U256::from(1),
            zone: thief,
            salt: 900 + number,
        });
        let orders = orders.collect();
        stage.attack(|stage| fulfill(stage, (prints, bazaar), thief, payee, orders))?;
        stage.between_parts()?;
    }
    let got = one(stage, prints, "balanceOf(address)", args![payee])?;
    ensure!(got == U256::from(EACH * 5 - 2), "{got} were taken");
    Ok(())
}

/// A collector sweeps what four holders list, and the fifth moves hers to a wallet of her own by an order for nothing.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let Square { prints, bazaar } = square(stage)?;
    let collector = newcomer(stage, "collector")?;
    let floor = stage.amount(ether(3));
    let sellers: Vec<(u64, &'static str)> = (0u64..).zip(CITIZENS).take(4).collect();
    for part in parts(stage, sellers) {
        let orders = part.into_iter().map(|(number, name)| {
            let ids = pieces(number);
            let price = floor * U256::from(ids.len());
            Order { name, ids, price, zone: Address::ZERO, salt: 900 + number }
        });
        fulfill(stage, (prints, bazaar), collector, collector, orders.collect())?;
        stage.between_parts()?;
    }
    let cold = stage.actor("erin's other wallet");
    let own = Order { name: "erin", ids: pieces(4), price: U256::ZERO, zone: cold, salt: 77 };
    fulfill(stage, (prints, bazaar), cold, cold, vec![own])?;
    stage.mine()?;
    let (swept, moved) = (
        one(stage, prints, "balanceOf(address)", args![collector])?,
        one(stage, prints, "balanceOf(address)", args![cold])?,
    );
    ensure!(swept == U256::from(18) && moved == U256::from(5), "{swept} were bought, {moved} moved");
    Ok(())
}
