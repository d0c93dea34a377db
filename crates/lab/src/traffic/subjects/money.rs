//! Coins and tokens: paid, wrapped, allowed; an exchange that takes in and pays out.

use anyhow::Result;
use facts::{Address, U256};

use super::super::{
    Kind,
    city::City,
    places::{BTC, Coin, DAI, FEES, LINK, REWARD, STAKED, USDC, USDT, VOTES, WRAPPED},
};
use crate::{EXCHANGE, Send, WETH, args, ether};

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    pub(super) disperser: Address,
    /// Contracts of the exchange, one a customer.
    pub(super) forwarders: Vec<Address>,
    /// Accounts of the exchange, one a customer, by inhabitant.
    pub(super) deposits: Vec<usize>,
}

pub(super) const KINDS: &[Kind] = &[
    Kind { name: "payment", weight: 2400, act: payment },
    Kind { name: "payment to a new account", weight: 500, act: payment_to_stranger },
    Kind { name: "token payment", weight: 2600, act: token_payment },
    Kind { name: "large token payment", weight: 60, act: large_payment },
    Kind { name: "wrap", weight: 200, act: wrap },
    Kind { name: "unwrap", weight: 150, act: unwrap },
    Kind { name: "revocation", weight: 120, act: revoke },
    Kind { name: "dust to many", weight: 30, act: dust },
    Kind { name: "payroll through a disperser", weight: 50, act: payroll },
];

/// Makes the coins and gives the exchange plenty of them.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let issuer = issuer(city);
    let treasury = city.stranger();
    let plain = |digits: u64| U256::from(10).pow(U256::from(digits));
    let billion = U256::from(1_000_000_000u64);
    let made = [
        (WRAPPED, WETH, 18, 200_000),
        (USDC, city.deploy(issuer, "PermitToken", args!["USDC", 6u64])?, 6, 100),
        (USDT, city.deploy(issuer, "TownTether", args![])?, 6, 100),
        (DAI, city.deploy(issuer, "PermitToken", args!["DAI", 18u64])?, 18, 100),
        (BTC, city.deploy(issuer, "PermitToken", args!["WBTC", 8u64])?, 8, 5_000_000),
        (LINK, city.deploy(issuer, "PermitToken", args!["LINK", 18u64])?, 18, 1_200),
        (FEES, city.deploy(issuer, "TownFeeToken", args![billion * plain(18), treasury])?, 18, 20),
        (STAKED, city.deploy(issuer, "TownRebasing", args![])?, 18, 200_000),
        (VOTES, city.deploy(issuer, "VotesToken", args!["TOWN"])?, 18, 300),
        (REWARD, city.deploy(issuer, "PermitToken", args!["RWD", 18u64])?, 18, 50),
    ];
    city.places.coins = made
        .iter()
        .map(|(_, at, digits, price_cents)| Coin { at: *at, unit: plain(*digits), price_cents: *price_cents })
        .collect();
    for (index, at, digits, _) in made {
        let all = billion * plain(digits);
        match index {
            WRAPPED => {
                city.pay(EXCHANGE, at, ether(2_000_000), "deposit()", args![]);
            }
            USDT => {
                city.call(issuer, at, "issue(uint256)", args![all]);
                city.call(issuer, at, "transfer(address,uint256)", args![EXCHANGE, all]);
            }
            FEES => {
                city.call(issuer, at, "setExempt(address,bool)", args![EXCHANGE, true]);
                city.call(issuer, at, "transfer(address,uint256)", args![EXCHANGE, all]);
            }
            STAKED => {
                city.pay(EXCHANGE, at, ether(1_000_000), "submit()", args![]);
            }
            _ => {
                city.call(issuer, at, "mint(address,uint256)", args![EXCHANGE, all]);
            }
        }
    }
    let maker = city.newcomer();
    let maker = city.at(maker);
    city.places.money.disperser = city.deploy(maker, "TownDisperser", args![])?;
    for _ in 0..20 {
        let at = city.deploy(EXCHANGE, "TownForwarder", args![EXCHANGE])?;
        city.places.money.forwarders.push(at);
    }
    for _ in 0..40 {
        let id = city.newcomer();
        city.places.money.deposits.push(id);
    }
    Ok(())
}

/// The first inhabitant issues the tokens.
pub(in super::super) fn issuer(city: &mut City<'_>) -> Address {
    if city.at(0) == Address::ZERO {
        city.newcomer();
    }
    city.at(0)
}

impl City<'_> {
    /// Sees to it that somebody holds this much of a coin: an exchange pays out what is missing, and more.
    ///
    /// # Errors
    /// If the balance cannot be read.
    pub(in super::super) fn hold(&mut self, who: Address, coin: usize, amount: U256) -> Result<()> {
        let token = self.places.coin(coin);
        if self.read(token, "balanceOf(address)", args![who])? >= amount {
            return Ok(());
        }
        let more = amount * U256::from(self.chance.between(102, 400)) / U256::from(100);
        self.named("exchange pays out tokens", |city| {
            city.call(EXCHANGE, token, "transfer(address,uint256)", args![who, more]);
        });
        Ok(())
    }

    /// Sees to it that somebody holds this much of a coin, and lets `spender` take it.
    ///
    /// # Errors
    /// If the balance cannot be read.
    pub(in super::super) fn ready(&mut self, who: Address, coin: usize, spender: Address, amount: U256) -> Result<()> {
        self.hold(who, coin, amount)?;
        let token = self.places.coin(coin);
        self.allow(who, token, spender, amount);
        Ok(())
    }

    /// What somebody holds of a coin.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(in super::super) fn holds(&mut self, who: Address, coin: usize) -> Result<U256> {
        let token = self.places.coin(coin);
        self.read(token, "balanceOf(address)", args![who])
    }

    /// A coin that people pay with.
    pub(super) fn currency(&mut self) -> usize {
        self.chance
            .pick(&[USDC, USDC, USDC, USDT, USDT, USDT, DAI, WRAPPED, BTC, LINK, FEES, STAKED, VOTES, REWARD])
            .unwrap_or(USDC)
    }
}

fn payment(city: &mut City<'_>) -> Result<()> {
    let ((_, from), (_, to)) = (city.someone(), city.someone());
    let dollars = city.chance.heavy(5, 400_000);
    let value = city.dollars(WRAPPED, dollars);
    city.send(Send { from, to: Some(to), value, ..Send::default() });
    Ok(())
}

fn payment_to_stranger(city: &mut City<'_>) -> Result<()> {
    let (_, from) = city.someone();
    let to = city.stranger();
    let dollars = city.chance.heavy(5, 100_000);
    let value = city.dollars(WRAPPED, dollars);
    city.send(Send { from, to: Some(to), value, ..Send::default() });
    Ok(())
}

fn token_payment(city: &mut City<'_>) -> Result<()> {
    let dollars = city.chance.heavy(3, 2_000_000);
    pay_tokens(city, dollars)
}

fn large_payment(city: &mut City<'_>) -> Result<()> {
    let dollars = city.chance.heavy(1_000_000, 50_000_000);
    pay_tokens(city, dollars)
}

fn pay_tokens(city: &mut City<'_>, dollars: u64) -> Result<()> {
    let ((_, from), (_, mut to)) = (city.someone(), city.someone());
    if city.chance.percent(10) {
        to = city.stranger();
    }
    let coin = city.currency();
    let mut amount = city.dollars(coin, dollars);
    let token = city.places.coin(coin);
    let held = city.holds(from, coin)?;
    if held < amount && held > city.dollars(coin, 50) {
        amount = city.chance.part(held, 20, 900);
    }
    city.hold(from, coin, amount)?;
    city.call(from, token, "transfer(address,uint256)", args![to, amount]);
    Ok(())
}

fn wrap(city: &mut City<'_>) -> Result<()> {
    let (_, from) = city.someone();
    let dollars = city.chance.heavy(50, 1_000_000);
    let value = city.dollars(WRAPPED, dollars);
    city.pay(from, WETH, value, "deposit()", args![]);
    Ok(())
}

fn unwrap(city: &mut City<'_>) -> Result<()> {
    let (_, from) = city.someone();
    let dollars = city.chance.heavy(50, 1_000_000);
    let mut amount = city.dollars(WRAPPED, dollars);
    let held = city.holds(from, WRAPPED)?;
    if held < amount && !held.is_zero() {
        amount = held;
    }
    city.hold(from, WRAPPED, amount)?;
    city.call(from, WETH, "withdraw(uint256)", args![amount]);
    Ok(())
}

fn revoke(city: &mut City<'_>) -> Result<()> {
    if let Some((owner, token, spender)) = city.disallow() {
        city.call(owner, token, "approve(address,uint256)", args![spender, U256::ZERO]);
    }
    Ok(())
}

fn dust(city: &mut City<'_>) -> Result<()> {
    let (_, from) = city.someone();
    for _ in 0..city.chance.between(3, 12) {
        let (to, wei) = (city.stranger(), city.chance.between(1, 1_000_000_000));
        city.send(Send { from, to: Some(to), value: U256::from(wei), ..Send::default() });
    }
    Ok(())
}

fn payroll(city: &mut City<'_>) -> Result<()> {
    let (_, from) = city.someone();
    let disperser = city.places.money.disperser;
    let mut people = Vec::new();
    for _ in 0..city.chance.between(5, 60) {
        people.push(if city.chance.percent(70) { city.someone().1 } else { city.stranger() });
    }
    let coin = city.chance.pick(&[WRAPPED, USDC, USDT, DAI, REWARD]).unwrap_or(USDC);
    let wages: Vec<U256> = people
        .iter()
        .map(|_| {
            let dollars = city.chance.heavy(200, 20_000);
            city.dollars(coin, dollars)
        })
        .collect();
    let total = wages.iter().sum();
    if coin == WRAPPED {
        city.pay(from, disperser, total, "disperseEther(address[],uint256[])", args![people, wages]);
        return Ok(());
    }
    city.ready(from, coin, disperser, total)?;
    let token = city.places.coin(coin);
    city.call(from, disperser, "disperseToken(address,address[],uint256[])", args![token, people, wages]);
    Ok(())
}
