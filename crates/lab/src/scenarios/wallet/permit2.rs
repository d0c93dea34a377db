//! Signatures for Permit2 that a page had people give: one for all their tokens.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::keccak256;
use anyhow::{Result, ensure};
use facts::{Address, B256, U256};

use super::list;
use crate::{
    Arg as _, Scenario, Stage, Tuple, args, encode,
    scenarios::{
        cast::issue,
        declare::Invariant,
        props::{allow, held, one, out_of_a_mixer, parts, signed, units},
    },
};

pub(super) const SIGNED_BATCH: Scenario = Scenario {
    id: "wallet/permit2/signed-batch",
    about: "holders who approved Permit2 for their trades sign one batch that a page shows them, and a stranger takes \
            everything it names",
    attack,
    twin,
};

const HOLDERS: [(&str, u64, u64); 5] = [
    ("ziva", 61_000, 14_000),
    ("aldo", 8_800, 0),
    ("bea", 740_000, 52_000),
    ("caio", 2_400, 90_500),
    ("dina", 133_000, 7),
];

struct Holders {
    permit2: Address,
    domain: B256,
    dollar: Address,
    link: Address,
    accounts: Vec<(&'static str, Address)>,
}

/// Holders of two tokens who allowed Permit2 to move both.
fn holders(stage: &mut Stage<'_>) -> Result<Holders> {
    let (issuer, maker) = (stage.actor("issuer"), stage.actor("makers of Permit2"));
    let permit2 = stage.deploy(maker, "Permit2", args![])?;
    stage.mine()?;
    let domain = B256::from(one(stage, permit2, "DOMAIN_SEPARATOR()", args![])?);
    let (mut dollars, mut links, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    for (name, dollar, link) in HOLDERS {
        let account = stage.actor(name);
        dollars.push((account, stage.amount(units(dollar, 6))));
        links.push((account, stage.amount(units(link, 18))));
        accounts.push((name, account));
        stage.protect(account, &format!("{name}'s account"));
    }
    let dollar = issue(stage, issuer, "USDC", 6, &dollars)?;
    let link = issue(stage, issuer, "LINK", 18, &links)?;
    for (_, account) in &accounts {
        allow(stage, *account, dollar, permit2);
        allow(stage, *account, link, permit2);
        stage.pass(1)?;
    }
    // They sign single trades; they never sign away an allowance, nor several at once.
    let permits = ["(address,uint160,uint48,uint48)", "(address,uint160,uint48,uint48)[]"]
        .map(|details| format!("call.selector == selector(\"permit(address,({details},address,uint256),bytes)\")"));
    let broken = format!("call.effective && call.to == address(\"{permit2:#x}\") && ({})", permits.join(" || "));
    Invariant { id: "no-allowances", kind: "wallet/permit2", on: "call", broken, about: permit2, asks: None }
        .declare(stage);
    Ok(Holders { permit2, domain, dollar, link, accounts })
}

/// What a signature for Permit2 is over.
fn digest(domain: B256, said: B256) -> B256 {
    keccak256([&[0x19, 0x01], domain.as_slice(), said.as_slice()].concat())
}

const DETAILS: &str = "PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)";
const BATCH: &str = "PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)";

/// A holder's signed batch over all tokens for ever, as the thief's contract takes it.
fn batch(
    stage: &Stage<'_>,
    of: &Holders,
    (name, owner): (&str, Address),
    spender: Address,
    deadline: u64,
) -> Result<DynSolValue> {
    let most = (U256::from(1) << 160) - U256::from(1);
    let end = U256::from(deadline + 30 * 86_400);
    let details = |token: Address| args![token, most, end, U256::ZERO];
    let kind = keccak256(DETAILS);
    let hashes: Vec<u8> = [of.dollar, of.link]
        .into_iter()
        .flat_map(|token| keccak256(encode([args![kind], details(token)].concat())).0)
        .collect();
    let kind = keccak256(format!("{BATCH}{DETAILS}"));
    let said = keccak256(encode(args![kind, keccak256(hashes), spender, deadline]));
    let signature = signed(stage, name, digest(of.domain, said))?;
    let all = list([of.dollar, of.link].map(|token| Tuple(details(token)).value()));
    let batch = Tuple(vec![all, spender.value(), deadline.value()]).value();
    Ok(Tuple(vec![owner.value(), batch, signature.value()]).value())
}

const TAKE: &str = "take(address,(address,((address,uint160,uint48,uint48)[],address,uint256),bytes)[],address)";

fn attack(stage: &mut Stage<'_>) -> Result<()> {
    let of = holders(stage)?;
    let thief = out_of_a_mixer(stage, "thief", 1)?;
    let payee = stage.payee(thief);
    let contract = stage.preparing(|stage| stage.deploy_attack(thief, "Permit2Thief"))?;
    stage.pass(2)?;
    let deadline = stage.next_time() + 86_400;
    let mut before = [U256::ZERO; 2];
    for (_, account) in &of.accounts {
        before[0] += held(stage, of.dollar, *account)?;
        before[1] += held(stage, of.link, *account)?;
    }
    for part in parts(stage, of.accounts.clone()) {
        let caught = part.into_iter().map(|one| batch(stage, &of, one, contract, deadline));
        let caught = list(caught.collect::<Result<Vec<_>>>()?);
        stage.attack(|stage| {
            let args = vec![of.permit2.value(), caught, payee.value()];
            stage.strike(thief, contract, U256::ZERO, TAKE, args)
        })?;
        stage.between_parts()?;
    }
    let loot = [held(stage, of.dollar, payee)?, held(stage, of.link, payee)?];
    ensure!(loot == before, "{loot:?} of {before:?} were taken");
    Ok(())
}

const PERMISSIONS: &str = "TokenPermissions(address token,uint256 amount)";
const TRANSFER: &str = "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)";

/// Holders sign that they sell all their dollars for LINK; somebody fills all of these orders in one transaction.
fn twin(stage: &mut Stage<'_>) -> Result<()> {
    let of = holders(stage)?;
    let (issuer, filler) = (stage.actor("issuer"), stage.actor("filler"));
    let reactor = stage.deploy(filler, "OrderReactor", args![of.permit2])?;
    stage.call(issuer, of.link, "mint(address,uint256)", args![filler, stage.amount(units(200_000, 18))]);
    allow(stage, filler, of.link, reactor);
    stage.pass(1)?;
    let deadline = stage.next_time() + 3_600;
    let mut sold = U256::ZERO;
    for (number, part) in parts(stage, of.accounts.clone()).into_iter().enumerate() {
        let mut orders = Vec::new();
        for (name, owner) in part {
            let amount = held(stage, of.dollar, owner)?;
            let nonce = U256::from(number);
            let permitted = keccak256(encode(args![keccak256(PERMISSIONS), of.dollar, amount]));
            let kind = keccak256(format!("{TRANSFER}{PERMISSIONS}"));
            let said = keccak256(encode(args![kind, permitted, reactor, nonce, deadline]));
            let signature = signed(stage, name, digest(of.domain, said))?;
            let permit = Tuple(vec![Tuple(args![of.dollar, amount]).value(), nonce.value(), deadline.value()]).value();
            // A LINK for fifteen dollars.
            let wanted = amount * U256::from(1_000_000_000_000u64) / U256::from(15);
            let order = vec![owner.value(), permit, signature.value(), of.link.value(), wanted.value(), owner.value()];
            orders.push(Tuple(order).value());
            sold += amount;
        }
        let execute = "executeBatch((address,((address,uint256),uint256,uint256),bytes,address,uint256,address)[])";
        stage.call(filler, reactor, execute, vec![list(orders)]);
        stage.between_parts()?;
    }
    let bought = held(stage, of.dollar, filler)?;
    ensure!(bought == sold, "{bought} of {sold} were sold");
    Ok(())
}
