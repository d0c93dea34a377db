use alloy_primitives::{Address, address, hex};
use expect_test::{Expect, expect};
use facts::MappingKey;
use proptest::prelude::*;

use super::*;
use crate::Artifact;

const ALICE: Address = address!("d8da6bf26964af9d7eed9e03e53415d37aa96045");
const BOB: Address = address!("bebebebebebebebebebebebebebebebebebebebe");

fn hashed(first: B256, second: B256) -> MappingKey {
    MappingKey { hash: keccak256([first, second].concat()), words: [first, second] }
}

fn n(number: u64) -> B256 {
    B256::from(U256::from(number))
}

fn at(key: &MappingKey) -> U256 {
    key.hash.into()
}

fn check(layout: &Layout, keys: &[MappingKey], slot: U256, content: (U256, U256), says: Expect) {
    let names = SlotNames::new(layout, keys);
    let shown = |value: &Option<crate::Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
    let line = |change: ValueChange| {
        format!("{} ({}): {} -> {}\n", change.path, change.ty, shown(&change.before), shown(&change.after))
    };
    says.assert_eq(&names.changes(slot, content.0, content.1).into_iter().map(line).collect::<String>());
}

fn layout(text: &str) -> Layout {
    Layout::declare("layout.txt", text).unwrap()
}

#[test]
fn our_own_vault_is_named_by_its_compilers_output() {
    let vault = Artifact::parse_all("Vault.json", include_str!("../../../../contracts/artifacts/Vault.json")).unwrap();
    let layout = vault[0].layout.as_ref().unwrap();
    let (was, is) = (U256::from(1_u64), U256::from(2_u64));
    let deposit = hashed(ALICE.into_word(), n(4));
    let role = hashed(B256::repeat_byte(0xaa), n(0));
    let member = hashed(BOB.into_word(), role.hash);
    let keys = [member.clone(), role.clone(), deposit.clone(), deposit.clone()];
    check(
        layout,
        &keys,
        U256::from(2),
        (was, is),
        expect![[r#"
        etherPrice (uint256): 1 -> 2
    "#]],
    );
    check(
        layout,
        &keys,
        at(&deposit),
        (was, is),
        expect![[r#"
        depositOf[0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045] (uint256): 1 -> 2
    "#]],
    );
    check(
        layout,
        &keys,
        at(&member),
        (U256::ZERO, was),
        expect![[r#"
        _roles[0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa].hasRole[0xBEbeBeBEbeBebeBeBEBEbebEBeBeBebeBeBebebe] (bool): false -> true
    "#]],
    );
    check(
        layout,
        &keys,
        at(&role) + U256::ONE,
        (was, is),
        expect![[r#"
        _roles[0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa].adminRole (bytes32): 0x0000000000000000000000000000000000000000000000000000000000000001 -> 0x0000000000000000000000000000000000000000000000000000000000000002
    "#]],
    );
    // `_paused` and `token` share a slot: only what changed is told.
    let token = U256::from_be_bytes(ALICE.into_word().0) << 8;
    check(
        layout,
        &keys,
        U256::from(1),
        (token, token | U256::ONE),
        expect![[r#"
        _paused (bool): false -> true
    "#]],
    );
    // A slot that nobody named, and a key of another contract.
    check(layout, &keys, U256::from(77), (was, is), expect![[""]]);
    check(layout, &[hashed(ALICE.into_word(), n(99))], at(&hashed(ALICE.into_word(), n(99))), (was, is), expect![[""]]);
}

/// The example of the Solidity documentation, "Layout of a Struct in Storage" and "Mappings and Dynamic Arrays".
#[test]
fn declarations_are_laid_out_as_solidity_does() {
    let layout = layout(
        "struct S { uint128 a; uint128 b; uint256 c; }\n\
         enum Mood; type Price is uint96; contract Pool; // an address\n\
         uint256 x; mapping(uint => mapping(address owner => S)) data;\n\
         uint8 small; Mood mood; Pool pool; Price price; bytes4 four;\n\
         int24[10] ticks; S one; S[] many; string name; bytes blob; uint16[] list; address payable to;\n\
         uint256 constant C; bool immutable frozen;\n\
         @slot 0x1234; bool public late;\n\
         @namespace example.main; uint x1;\n",
    );
    let slots: Vec<_> = layout.variables.iter().map(|v| format!("{}@{}+{}", v.name, v.slot, v.offset)).collect();
    expect!["x@0+0 data@1+0 small@2+0 mood@2+1 pool@2+2 price@3+0 four@3+12 ticks@4+0 one@5+0 many@7+0 name@8+0 blob@9+0 list@10+0 to@11+0 late@4660+0 x1@10958655983261152271848436692291137275443024275653522991983264966744321209600+0"].assert_eq(&slots.join(" "));
    let outer = hashed(n(4), n(1));
    let inner = hashed(ALICE.into_word(), outer.hash);
    let keys = [outer, inner.clone()];
    check(
        &layout,
        &keys,
        at(&inner),
        (U256::ZERO, U256::from(5_u64) << 128 | U256::from(7)),
        expect![[r#"
        data[4][0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045].a (uint128): 0 -> 7
        data[4][0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045].b (uint128): 0 -> 5
    "#]],
    );
    check(
        &layout,
        &keys,
        at(&inner) + U256::ONE,
        (U256::ZERO, U256::from(9)),
        expect![[r#"
        data[4][0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045].c (uint256): 0 -> 9
    "#]],
    );
    // Ten numbers of three bytes share a slot.
    check(
        &layout,
        &[],
        U256::from(4),
        (U256::ZERO, U256::from(0xff_ffff_u64) << 24),
        expect![[r#"
        ticks[1] (int24): 0 -> -1
    "#]],
    );
    // Elements of dynamic arrays, packed and not.
    let many = U256::from_be_bytes(keccak256(n(7)).0);
    check(
        &layout,
        &[],
        many + U256::from(5),
        (U256::ZERO, U256::from(3)),
        expect![[r#"
        many[2].c (uint256): 0 -> 3
    "#]],
    );
    check(
        &layout,
        &[],
        U256::from(7),
        (U256::from(2), U256::from(3)),
        expect![[r#"
        many (struct S[]): 2 -> 3
    "#]],
    );
    let list = U256::from_be_bytes(keccak256(n(10)).0);
    check(
        &layout,
        &[],
        list + U256::ONE,
        (U256::ZERO, U256::from(8) << 240),
        expect![[r#"
        list[31] (uint16): 0 -> 8
    "#]],
    );
    // Texts that fit a slot, and those that do not.
    let mut short = [0; 32];
    short[..5].copy_from_slice(b"Vault");
    short[31] = 10;
    check(
        &layout,
        &[],
        U256::from(8),
        (U256::ZERO, U256::from_be_bytes(short)),
        expect![[r#"
        name (string): "" -> "Vault"
    "#]],
    );
    check(
        &layout,
        &[],
        U256::from(8),
        (U256::from_be_bytes(short), U256::from(2 * 40 + 1)),
        expect![[r#"
        name (string): "Vault" -> 40
    "#]],
    );
    let long = U256::from_be_bytes(keccak256(n(8)).0);
    check(
        &layout,
        &[],
        long + U256::ONE,
        (U256::ZERO, U256::from_be_bytes(short)),
        expect![[r#"
        name[byte 32] (content): 0x0000000000000000000000000000000000000000000000000000000000000000 -> 0x5661756c7400000000000000000000000000000000000000000000000000000a
    "#]],
    );
}

#[test]
fn namespaces_lie_where_the_standard_says() {
    // The example of ERC-7201, and the constants in OpenZeppelin's sources.
    let slot = |id: &str| erc7201_slot(id).0;
    assert_eq!(slot("example.main"), hex!("183a6125c38840424c4a85fa12bab2ab606c4b6d0e7cc73c0c06ba5300eab500"));
    assert_eq!(
        slot("openzeppelin.storage.Ownable"),
        hex!("9016d09d72d40fdae2fd8ceac6b6234c7706214fd39c1cd1e609a0528c199300")
    );
    assert_eq!(
        slot("openzeppelin.storage.Initializable"),
        hex!("f0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00")
    );
    assert_eq!(
        slot("openzeppelin.storage.ERC20"),
        hex!("52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00")
    );
    assert_eq!(
        slot("openzeppelin.storage.AccessControl"),
        hex!("02dd7bc7dec4dceedda775e58dd541e08a116c6c53815c0bd028192f7b626800")
    );
    let own = layout("uint256 fee;").with(Layout::openzeppelin());
    let base = U256::from_be_bytes(slot("openzeppelin.storage.ERC20"));
    let balance = hashed(ALICE.into_word(), base.into());
    let (was, is) = (U256::from(5), U256::from(6));
    check(
        &own,
        std::slice::from_ref(&balance),
        at(&balance),
        (was, is),
        expect![[r#"
        _balances[0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045] (uint256): 5 -> 6
    "#]],
    );
    check(
        &own,
        &[],
        U256::from_be_bytes(slot("openzeppelin.storage.Initializable")),
        (was, U256::from(1) << 64 | was),
        expect![[r#"
        _initializing (bool): false -> true
    "#]],
    );
    check(
        &own,
        &[],
        U256::ZERO,
        (was, is),
        expect![[r#"
        fee (uint256): 5 -> 6
    "#]],
    );
}

#[test]
fn vyper_turns_the_hash_round_and_packs_nothing() {
    let layout = Layout::parse_vyper(
        "layout.json",
        r#"{"storage_layout": {
            "owner": {"type": "address", "slot": 0, "n_slots": 1},
            "paused": {"type": "bool", "slot": 1},
            "balanceOf": {"type": "HashMap[address, uint256]", "slot": 2},
            "allowance": {"type": "HashMap[address, HashMap[address, uint256]]", "slot": 3},
            "name": {"type": "String[40]", "slot": 4},
            "queue": {"type": "DynArray[uint256, 10]", "slot": 7},
            "rates": {"type": "uint256[3]", "slot": 18},
            "ownable": {"pending": {"type": "address", "slot": 30}},
            "odd": {"type": "struct Strange", "slot": 40}
        }, "code_layout": {}}"#,
    )
    .unwrap();
    let balance = hashed(n(2), ALICE.into_word());
    let allowed = hashed(hashed(n(3), ALICE.into_word()).hash, BOB.into_word());
    let keys = [allowed.clone(), balance.clone(), hashed(n(3), ALICE.into_word())];
    let (was, is) = (U256::from(0), U256::from(1));
    for (slot, says) in [
        (
            U256::from(1),
            expect![[r#"
            paused (bool): false -> true
        "#]],
        ),
        (
            at(&balance),
            expect![[r#"
            balanceOf[0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045] (uint256): 0 -> 1
        "#]],
        ),
        (
            at(&allowed),
            expect![[r#"
            allowance[0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045][0xBEbeBeBEbeBebeBeBEBEbebEBeBeBebeBeBebebe] (uint256): 0 -> 1
        "#]],
        ),
        (
            U256::from(4),
            expect![[r#"
            name (String[40]): 0 -> 1
        "#]],
        ),
        (
            U256::from(6),
            expect![[r#"
            name[byte 32] (content): 0x0000000000000000000000000000000000000000000000000000000000000000 -> 0x0000000000000000000000000000000000000000000000000000000000000001
        "#]],
        ),
        (
            U256::from(7),
            expect![[r#"
            queue (DynArray[uint256, 10]): 0 -> 1
        "#]],
        ),
        (
            U256::from(9),
            expect![[r#"
            queue[1] (uint256): 0 -> 1
        "#]],
        ),
        (
            U256::from(20),
            expect![[r#"
            rates[2] (uint256): 0 -> 1
        "#]],
        ),
        (
            U256::from(30),
            expect![[r#"
            ownable.pending (address): 0x0000000000000000000000000000000000000000 -> 0x0000000000000000000000000000000000000001
        "#]],
        ),
        (
            U256::from(40),
            expect![[r#"
            odd (struct Strange): - -> -
        "#]],
        ),
    ] {
        check(&layout, &keys, slot, (was, is), says);
    }
    // The order of Solidity leads nowhere here.
    let other = hashed(ALICE.into_word(), n(2));
    assert_eq!(SlotNames::new(&layout, std::slice::from_ref(&other)).name(at(&other)), None);
}

#[test]
fn what_cannot_be_laid_out_is_refused_at_its_place() {
    let refused = |text: &str, says: Expect| says.assert_eq(&Layout::declare("a.txt", text).unwrap_err().to_string());
    refused(
        "uint7 a;",
        expect!["the type `uint7` is not known at a.txt:1:1; declare it first: `contract`, `enum`, `type` or `struct`"],
    );
    refused(
        "IPool pool;",
        expect!["the type `IPool` is not known at a.txt:1:1; declare it first: `contract`, `enum`, `type` or `struct`"],
    );
    refused("uint256 a\nuint256 b;", expect!["`uint256` where `;` should be at a.txt:2:1; write `;`"]);
    refused("uint256[0] a;", expect!["this is no length at a.txt:1:9; write a number"]);
    refused("mapping(address = uint) a;", expect!["`=` where `=>` should be at a.txt:1:17; write `=>`"]);
    refused("@slot here;", expect!["this is no slot at a.txt:1:7; write a number, or `0x` and hex digits"]);
    refused(
        "struct S { uint256 a; } struct S { bool b; }",
        expect!["`S` is declared twice at a.txt:1:32; remove one of them"],
    );
    refused(
        "struct S { uint256 a; } type T is S;",
        expect!["only a simple type can be given another name at a.txt:1:35; use the type itself"],
    );
    refused(
        &format!("uint256{} a;", "[2]".repeat(40)),
        expect![
            "more than 10000 types, or deeper than 16 at a.txt:1:55; declare one contract in a file, and name what lies deep"
        ],
    );
    refused(
        &format!("{}uint", "mapping(uint => ".repeat(40)),
        expect!["types lie deeper than 16 in each other at a.txt:1:264; name the inner one"],
    );
    let refused = |json: &str, says: Expect| says.assert_eq(&Layout::parse("a.json", json).unwrap_err().to_string());
    refused(
        "{",
        expect![
            "not a storage layout: EOF while parsing an object at a.json:1:1; give `storageLayout` as the compiler writes it, or an artifact that has it"
        ],
    );
    refused(
        r#"{"storage": [], "types": {"t": {"encoding": "inplace", "label": "struct T", "numberOfBytes": "32",
            "members": [{"label": "a", "slot": "0", "offset": 0, "type": "t"}]}}}"#,
        expect![
            "a type holds itself, or types lie deeper than 16 in each other, in the storage layout of `a.json`; give what the compiler wrote"
        ],
    );
    refused(
        r#"{"storage": [{"label": "a", "slot": "x", "type": "t"}], "types": {"t": {"encoding": "inplace", "label": "bool", "numberOfBytes": "1"}}}"#,
        expect!["`x` is no slot, in the storage layout of `a.json`; give what the compiler wrote"],
    );
}

/// Arrays of arrays of arrays, and a key for each of a thousand accounts.
#[test]
fn large_and_deep_layouts_are_bounded() {
    let deep = layout(&format!("string{} a; mapping(address => string) b;", "[]".repeat(15)));
    let keys: Vec<_> = (0..1_000_u64).map(|account| hashed(n(account), n(1))).collect();
    let names = SlotNames::new(&deep, &keys);
    assert!(names.name(U256::ZERO).is_some());
    assert_eq!(names.name(U256::from(99)), None);
    let wide = layout(
        "uint256[115792089237316195423570985008687907853] a; bool b;"
            .replace("115792089237316195423570985008687907853", "18446744073709551615")
            .as_str(),
    );
    assert_eq!(SlotNames::new(&wide, &[]).name(U256::from(1_000_000)).as_deref(), Some("a[1000000]"));
}

proptest! {
    #[test]
    fn any_declaration_is_read_or_refused(text in "[a-z0-9 @;(){}=>\\[\\]]{0,120}", words in proptest::collection::vec(0..14_usize, 0..40)) {
        const WORDS: [&str; 14] =
            ["uint8 ", "mapping(", "address ", "=>", ")", "a", "b", ";", "[", "]", "3", "struct S {", "}", "string "];
        let joined: String = words.iter().map(|word| WORDS[*word]).collect();
        for text in [text, joined] {
            if let Ok(layout) = Layout::declare("a.txt", &text) {
                let names = SlotNames::new(&layout, &[]);
                for slot in 0..5_u64 {
                    let _ = names.changes(U256::from(slot), U256::ZERO, U256::MAX);
                }
            }
        }
    }

    /// A write to the value of any mapping is named by its key, whatever else is hashed in the transaction.
    #[test]
    fn keys_are_found_in_any_order(accounts in proptest::collection::vec(any::<[u8; 20]>(), 1..20), turn in 0_usize..20) {
        let layout = layout("uint256 a; mapping(address => mapping(address => uint256)) allowed;");
        let mut keys = Vec::new();
        for account in &accounts {
            let outer = hashed(Address::from(*account).into_word(), n(1));
            keys.push(hashed(BOB.into_word(), outer.hash));
            keys.push(outer);
        }
        let wanted: Vec<_> = accounts.iter().map(|account| format!("allowed[{}][{BOB}]", Address::from(*account))).collect();
        let slots: Vec<_> = keys.iter().step_by(2).map(at).collect();
        let turn = turn % keys.len();
        keys.rotate_left(turn);
        let names = SlotNames::new(&layout, &keys);
        for (slot, wanted) in slots.into_iter().zip(wanted) {
            prop_assert_eq!(names.name(slot), Some(wanted));
        }
    }
}
