//! Pictures: minted, listed, bought, offered for, auctioned, and what their makers and the market withdraw.

use anyhow::Result;
use facts::{Address, U256};

use super::super::{Kind, city::City, places::WRAPPED};
use crate::{args, ether};

/// What there is of it.
#[derive(Debug, Default)]
pub(in super::super) struct Places {
    artist: usize,
    art: Address,
    bazaar: Address,
    /// The last picture that is known to have been minted.
    minted: u64,
    /// Who has which picture.
    owners: Vec<(Address, u64)>,
    /// Pictures on sale, with seller and price.
    listed: Vec<(u64, U256)>,
    open: Vec<Address>,
    auctions: Vec<(u64, U256, u64)>,
}

pub(in super::super) const KINDS: &[Kind] = &[
    Kind { name: "pictures minted", weight: 120, act: mint },
    Kind { name: "picture listed", weight: 80, act: list },
    Kind { name: "picture bought", weight: 80, act: buy },
    Kind { name: "offer for a picture accepted", weight: 60, act: offer },
    Kind { name: "picture sent", weight: 40, act: send },
    Kind { name: "auction begun", weight: 20, act: auction },
    Kind { name: "bid in an auction", weight: 70, act: bid },
    Kind { name: "sales withdrawn by the artist", weight: 6, act: withdraw },
    Kind { name: "all pictures revoked", weight: 15, act: revoke },
];

fn price() -> U256 {
    ether(1) / U256::from(20)
}

/// A collection and a market for it.
pub(in super::super) fn found(city: &mut City<'_>) -> Result<()> {
    let artist = city.newcomer();
    let at = city.at(artist);
    let art = city.deploy(at, "TownArt", args![price()])?;
    let bazaar = city.deploy(at, "TownBazaar", args![])?;
    city.places.art = Places { artist, art, bazaar, ..Places::default() };
    city.mine()
}

fn mint(city: &mut City<'_>) -> Result<()> {
    let ((_, who), art) = (city.someone(), city.places.art.art);
    let count = city.chance.between(1, 6);
    city.pay(who, art, price() * U256::from(count), "mint(uint256)", args![count]);
    city.later(1, move |city| {
        let minted = u64::try_from(city.read(art, "minted()", args![])?)?;
        for id in city.places.art.minted + 1..=minted {
            let owner = city.read(art, "ownerOf(uint256)", args![id])?;
            city.places.art.owners.push((Address::from_word(owner.into()), id));
        }
        city.places.art.minted = minted;
        Ok(())
    });
    Ok(())
}

/// One picture of somebody's, which is then in somebody else's hands or on sale.
fn taken(city: &mut City<'_>) -> Option<(Address, u64)> {
    let owners = &mut city.places.art.owners;
    (!owners.is_empty()).then(|| owners.swap_remove(city.chance.index(owners.len())))
}

/// Whoever sells lets the market take any of its pictures, once.
fn open(city: &mut City<'_>, who: Address) {
    if city.places.art.open.contains(&who) {
        return;
    }
    let (art, bazaar) = (city.places.art.art, city.places.art.bazaar);
    city.named("approval for all pictures", |city| {
        city.call(who, art, "setApprovalForAll(address,bool)", args![bazaar, true])
    });
    city.places.art.open.push(who);
}

fn worth(city: &mut City<'_>) -> U256 {
    let dollars = city.chance.heavy(40, 300_000);
    city.dollars(WRAPPED, dollars)
}

fn list(city: &mut City<'_>) -> Result<()> {
    let Some((who, id)) = taken(city) else { return Ok(()) };
    let (art, bazaar, price) = (city.places.art.art, city.places.art.bazaar, worth(city));
    open(city, who);
    city.call(who, bazaar, "list(address,uint256,uint256)", args![art, id, price]);
    city.later(1, move |city| {
        city.places.art.listed.push((id, price));
        Ok(())
    });
    Ok(())
}

fn buy(city: &mut City<'_>) -> Result<()> {
    let index = city.chance.index(city.places.art.listed.len());
    if index >= city.places.art.listed.len() {
        return Ok(());
    }
    let (id, price) = city.places.art.listed.swap_remove(index);
    let ((_, who), art, bazaar) = (city.someone(), city.places.art.art, city.places.art.bazaar);
    city.pay(who, bazaar, price, "buy(address,uint256)", args![art, id]);
    keep(city, id);
    Ok(())
}

/// After the next block it is known whose a picture is.
fn keep(city: &mut City<'_>, id: u64) {
    city.later(1, move |city| {
        let art = city.places.art.art;
        let owner = Address::from_word(city.read(art, "ownerOf(uint256)", args![id])?.into());
        if owner != city.places.art.bazaar {
            city.places.art.owners.push((owner, id));
        }
        Ok(())
    });
}

fn offer(city: &mut City<'_>) -> Result<()> {
    let Some((seller, id)) = taken(city) else { return Ok(()) };
    let ((_, buyer), art, bazaar) = (city.someone(), city.places.art.art, city.places.art.bazaar);
    let price = worth(city);
    city.ready(buyer, WRAPPED, bazaar, price)?;
    city.call(buyer, bazaar, "offer(address,uint256)", args![art, price]);
    open(city, seller);
    city.call(seller, bazaar, "accept(address,uint256,address,uint256)", args![art, id, buyer, price]);
    keep(city, id);
    Ok(())
}

fn send(city: &mut City<'_>) -> Result<()> {
    let Some((who, id)) = taken(city) else { return Ok(()) };
    let ((_, to), art) = (city.someone(), city.places.art.art);
    city.call(who, art, "safeTransferFrom(address,address,uint256)", args![who, to, id]);
    keep(city, id);
    Ok(())
}

fn auction(city: &mut City<'_>) -> Result<()> {
    let Some((who, id)) = taken(city) else { return Ok(()) };
    let (art, bazaar, least) = (city.places.art.art, city.places.art.bazaar, worth(city));
    open(city, who);
    let ends = city.time() + 240;
    city.call(who, bazaar, "auction(address,uint256,uint256,uint256)", args![art, id, least, U256::from(240)]);
    city.later(1, move |city| {
        city.places.art.auctions.push((id, least, ends));
        Ok(())
    });
    Ok(())
}

/// Somebody bids more than the last one, who gets its bid back; when time is up, somebody settles.
fn bid(city: &mut City<'_>) -> Result<()> {
    let index = city.chance.index(city.places.art.auctions.len());
    let Some((id, last, ends)) = city.places.art.auctions.get(index).copied() else { return Ok(()) };
    let ((_, who), art, bazaar) = (city.someone(), city.places.art.art, city.places.art.bazaar);
    if city.time() >= ends {
        city.places.art.auctions.swap_remove(index);
        city.call(who, bazaar, "settle(address,uint256)", args![art, id]);
        keep(city, id);
        return Ok(());
    }
    let bid = last * U256::from(city.chance.between(105, 130)) / U256::from(100);
    if let Some(open) = city.places.art.auctions.get_mut(index) {
        open.1 = bid;
    }
    city.pay(who, bazaar, bid, "bid(address,uint256)", args![art, id]);
    Ok(())
}

fn withdraw(city: &mut City<'_>) -> Result<()> {
    let (artist, art, bazaar) = (city.at(city.places.art.artist), city.places.art.art, city.places.art.bazaar);
    let (of, function) =
        if city.chance.percent(60) { (art, "withdraw(address)") } else { (bazaar, "withdrawFees(address)") };
    city.call(artist, of, function, args![artist]);
    Ok(())
}

fn revoke(city: &mut City<'_>) -> Result<()> {
    let (_, who) = city.someone();
    let (art, bazaar) = (city.places.art.art, city.places.art.bazaar);
    // Whoever has nothing on sale there.
    if !city.places.art.open.contains(&who) {
        city.call(who, art, "setApprovalForAll(address,bool)", args![bazaar, false]);
    }
    Ok(())
}
