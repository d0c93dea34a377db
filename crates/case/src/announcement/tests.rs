use facts::{Address, B256, ChainId, Selector, U256};
use jiff::Timestamp;

use super::*;
use crate::{Actor, Draft, Entry, Event, Stream};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn upgrade() -> Announcement {
    Announcement {
        title: "Vault to version 2".into(),
        chain: ChainId::eip155(1),
        by: vec![Address::repeat_byte(0xaa)],
        changes: vec![PlannedChange {
            contract: Address::repeat_byte(0x11),
            what: Planned::Implementation(Address::repeat_byte(0x22)),
            data: None,
        }],
        from: at("2026-03-01T10:00:00Z"),
        until: at("2026-03-01T12:00:00Z"),
        reference: None,
    }
}

#[test]
fn what_is_not_clear_is_not_announced() {
    let now = at("2026-03-01T09:00:00Z");
    let says = |change: fn(&mut Announcement)| {
        let mut announcement = upgrade();
        change(&mut announcement);
        announcement.check(now).err().unwrap_or_default()
    };
    assert_eq!(says(|_| {}), "");
    assert!(says(|one| one.title.clear()).contains("the title has to be one line"));
    assert!(says(|one| one.reference = Some("a\nb".into())).contains("the reference has to be one line"));
    assert!(says(|one| one.by.clear()).contains("0 accounts that may do it"));
    assert!(says(|one| one.by = vec![Address::ZERO]).contains("the zero address"));
    assert!(says(|one| one.changes = vec![one.changes[0].clone(); 2]).contains("is announced twice"));
    assert!(says(|one| one.until = one.from).contains("turn them round"));
    assert!(says(|one| one.until = at("2026-05-01T00:00:00Z")).contains("longer than 31 days"));
    let past = says(|one| (one.from, one.until) = (at("2026-03-01T07:00:00Z"), at("2026-03-01T08:00:00Z")));
    assert!(past.contains("cannot be announced any more"), "{past}");
    let payout = |to: u8, at_most: u64| Planned::Payout {
        token: None,
        to: Address::repeat_byte(to),
        at_most: U256::from(at_most),
    };
    let pays = |change: &dyn Fn(&mut Announcement)| {
        let mut announcement = upgrade();
        announcement.changes[0].what = payout(0x22, 5);
        change(&mut announcement);
        announcement.check(now).err().unwrap_or_default()
    };
    assert_eq!(pays(&|_| {}), "");
    assert!(pays(&|one| one.changes[0].what = payout(0x22, 0)).contains("is no payout"));
    assert!(pays(&|one| one.changes[0].what = payout(0x11, 5)).contains("is no payout"), "to itself");
    assert!(pays(&|one| one.by = vec![one.changes[0].contract]).contains("by itself"));
    let pinned = |one: &mut Announcement| {
        one.by = vec![one.changes[0].contract];
        one.changes[0].data = Some(B256::repeat_byte(0x33));
    };
    assert_eq!(pays(&pinned), "", "whoever calls it, the call is known");
    let more =
        |one: &mut Announcement| one.changes.push(PlannedChange { what: payout(0x22, 6), ..one.changes[0].clone() });
    assert!(pays(&more).contains("is announced twice"), "two amounts of the same are one announcement of their sum");
    let far = says(|one| (one.from, one.until) = (at("2028-03-01T07:00:00Z"), at("2028-03-01T08:00:00Z")));
    assert!(far.contains("400 days"), "{far}");
}

#[test]
fn an_announcement_is_known_by_what_it_says_who_says_it_and_when() {
    let ctx = |who: &str, now: &str| Ctx::new(Actor::Person(who.into()), "planned", at(now));
    let id = |one: &Announcement, ctx: &Ctx| AnnouncementId::of(one, ctx).unwrap();
    let first = id(&upgrade(), &ctx("ada", "2026-03-01T09:00:00Z"));
    assert_eq!(first, id(&upgrade(), &ctx("ada", "2026-03-01T09:00:00Z")));
    assert_ne!(first, id(&upgrade(), &ctx("bob", "2026-03-01T09:00:00Z")));
    assert_ne!(first, id(&upgrade(), &ctx("ada", "2026-03-01T09:00:01Z")));
    assert_eq!(first.as_str().parse::<AnnouncementId>(), Ok(first.clone()));
    assert!("an-xyz".parse::<AnnouncementId>().is_err());
}

#[test]
fn it_holds_from_when_it_was_announced_until_it_was_withdrawn_and_never_backwards() {
    let line = |event: Event, now: &str| {
        let ctx = Ctx::new(Actor::Person("ada".into()), "planned", at(now));
        Entry::after(None, Draft::new(Stream::Chain(ChainId::eip155(1)), ctx, &event).unwrap())
    };
    let id: AnnouncementId = "an-0123456789ab".parse().unwrap();
    let made = AnnouncementMade { id: id.clone(), announcement: upgrade(), after: 100 };
    let made = line(Event::AnnouncementMade(Box::new(made)), "2026-03-01T09:00:00Z");
    let withdrawn = line(Event::AnnouncementWithdrawn(AnnouncementWithdrawn { id }), "2026-03-01T11:00:00Z");
    let second = |text: &str| u64::try_from(at(text).as_second()).unwrap();

    let [held] = &HeldAnnouncement::fold([&made]).unwrap()[..] else { panic!("one") };
    assert!(held.stands(101, second("2026-03-01T09:00:00Z")));
    assert!(!held.stands(100, second("2026-03-01T10:30:00Z")), "a block that had been looked at");
    assert!(!held.stands(101, second("2026-03-01T08:59:59Z")), "a block that was made before");
    assert!(held.stands(101, second("2026-03-01T11:00:00Z")));
    let [held] = &HeldAnnouncement::fold([&made, &withdrawn]).unwrap()[..] else { panic!("one") };
    assert!(held.stands(101, second("2026-03-01T10:59:59Z")));
    assert!(!held.stands(101, second("2026-03-01T11:00:00Z")));
}

#[test]
fn the_form_of_the_book_stays_what_it_is() {
    let mut announcement = upgrade();
    announcement.changes.push(PlannedChange {
        contract: Address::repeat_byte(0x11),
        what: Planned::Call(Selector::from([1, 2, 3, 4])),
        data: Some(B256::repeat_byte(0x33)),
    });
    announcement.changes.push(PlannedChange {
        contract: Address::repeat_byte(0x11),
        what: Planned::Payout {
            token: Some(Address::repeat_byte(0x44)),
            to: Address::repeat_byte(0x22),
            at_most: U256::from(12),
        },
        data: None,
    });
    let text = serde_json::to_string(&announcement.changes).unwrap();
    let zero_x = |byte: &str, times: usize| format!("0x{}", byte.repeat(times));
    let expected = format!(
        "[{{\"contract\":\"{c}\",\"what\":{{\"implementation\":\"{i}\"}}}},{{\"contract\":\"{c}\",\"what\":{{\"call\":\"0x01020304\"}},\"data\":\"{d}\"}},{{\"contract\":\"{c}\",\"what\":{{\"payout\":{{\"token\":\"{t}\",\"to\":\"{i}\",\"at_most\":\"12\"}}}}}}]",
        c = zero_x("11", 20),
        i = zero_x("22", 20),
        d = zero_x("33", 32),
        t = zero_x("44", 20),
    );
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<Vec<PlannedChange>>(&text).unwrap(), announcement.changes);
}
