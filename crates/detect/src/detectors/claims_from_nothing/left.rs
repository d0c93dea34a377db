//! What a party left with others: collateral, a deposit, a price.

use facts::{Address, Asset, KeyedMap, U256};

use crate::{TxCtx, deals::DUST, detectors::windfall::party::Party};

/// What a lender may keep of what it lent: a hundredth is a fee.
const FEE_PARTS: u64 = 100;

/// What accounts outside the party ended with more of.
pub(super) struct Left(Vec<Gain>);

struct Gain {
    account: Address,
    asset: Asset,
    /// Whether the account gave something as well.
    trades: bool,
}

impl Left {
    pub(super) fn of(ctx: &TxCtx<'_>, party: &Party) -> Self {
        let facts = ctx.facts;
        let mut lent: KeyedMap<(Address, Asset), U256> = KeyedMap::default();
        for loan in &party.loans {
            let most = lent.entry((loan.lender, loan.asset)).or_default();
            *most = loan.amount.max(*most);
        }
        let is_coin = |asset: Asset| asset.contract().is_none_or(|token| ctx.chain.wrapped.contains(&token));
        // What was made in this transaction is worth what was left for it.
        let is_minted = |asset: Asset| !is_coin(asset) && facts.flows_of(Address::ZERO, asset).next().is_some();
        let mut gains = Vec::new();
        for own in facts.net().chunk_by(|one, two| one.account == two.account) {
            let Some(account) = own.first().map(|net| net.account) else { continue };
            if account.is_zero() || party.has(account) {
                continue;
            }
            let trades = own.iter().any(|net| !net.loss().is_zero());
            for net in own {
                let fee = lent.get(&(account, net.asset)).map_or(U256::ZERO, |lent| lent / U256::from(FEE_PARTS));
                // The coin that is wrapped lies with whatever wraps it.
                let wraps = net.asset == Asset::Native && ctx.chain.wrapped.contains(&account);
                let is_tip =
                    || net.asset == Asset::Native && facts.frames_of(account).all(|(_, frame)| frame.input.is_empty());
                let is_more = net.gain() > fee.max(DUST);
                if is_more && !wraps && !is_minted(net.asset) && !is_tip() {
                    gains.push(Gain { account, asset: net.asset, trades });
                }
            }
        }
        Self(gains)
    }

    /// Whether anybody who gave nothing, or the payer, has more of anything but what was paid.
    pub(super) fn for_payment(&self, payer: Address, paid: Asset) -> bool {
        self.0.iter().any(|gain| gain.asset != paid && (gain.account == payer || !gain.trades))
    }
}
