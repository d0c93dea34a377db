use alloy_dyn_abi::DynSolValue;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn types(text: &str) -> Vec<DynSolType> {
    crate::Signature::parse(crate::SignatureKind::Function, &format!("f{text}")).unwrap().inputs().to_vec()
}

fn word(number: u64) -> [u8; 32] {
    U256::from(number).to_be_bytes()
}

fn check(signature: &str, words: &[[u8; 32]], says: Expect) {
    let shown = match arguments(&types(signature), &words.concat()) {
        Some(arguments) => arguments.join(" | "),
        None => "does not fit".to_owned(),
    };
    says.assert_eq(&shown);
}

const MINUS_ONE: [u8; 32] = [0xff; 32];

#[test]
fn values_are_written_for_people() {
    check("(uint256,bool,int8)", &[word(7), word(1), MINUS_ONE], expect!["7 | true | -1"]);
    check(
        "(uint256)",
        &[MINUS_ONE],
        expect!["115792089237316195423570985008687907853269984665640564039457584007913129639935"],
    );
    let mut minimum = [0; 32];
    minimum[0] = 0x80;
    check(
        "(int256)",
        &[minimum],
        expect!["-57896044618658097711785492504343953926634992332820282019728792003956564819968"],
    );
    let mut vitalik = [0; 32];
    vitalik[12..].copy_from_slice(&hex!("d8da6bf26964af9d7eed9e03e53415d37aa96045"));
    check(
        "(address,address[2])",
        &[vitalik, vitalik, word(0)],
        expect![
            "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045 | [0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045, 0x0000000000000000000000000000000000000000]"
        ],
    );
    check(
        "(uint256[],(bool,bytes))",
        &[
            word(64),
            word(160),
            word(2),
            word(5),
            word(6),
            word(1),
            word(64),
            word(2),
            *b"hi\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ],
        expect!["[5, 6] | (true, 0x6869)"],
    );
    check("()", &[], expect![""]);
    check("()", &[word(1)], expect![""]);
}

use alloy_primitives::hex;

#[test]
fn data_that_its_types_do_not_hold_is_not_guessed_at() {
    check("(bool)", &[word(2)], expect!["does not fit"]);
    check("(uint8)", &[word(256)], expect!["does not fit"]);
    check("(uint8)", &[word(255)], expect!["255"]);
    check("(int8)", &[word(128)], expect!["does not fit"]);
    check("(int8)", &[word(127)], expect!["127"]);
    check("(address)", &[MINUS_ONE], expect!["does not fit"]);
    check("(bytes4)", &[MINUS_ONE], expect!["does not fit"]);
    check("(uint256,uint256)", &[word(1)], expect!["does not fit"]);
    check("(string)", &[word(32)], expect!["does not fit"]);
    check("(string)", &[word(33), word(1)], expect!["does not fit"]);
    check("(string)", &[MINUS_ONE, word(1)], expect!["does not fit"]);
    check("(bytes)", &[word(32), MINUS_ONE], expect!["does not fit"]);
    check("(uint256[])", &[word(32), word(1 << 60)], expect!["does not fit"]);
    check("(uint256[1000000000000000000])", &[word(1)], expect!["does not fit"]);
    check("(uint256[18446744073709551615][18446744073709551615])", &[word(1)], expect!["does not fit"]);
}

#[test]
fn texts_cannot_deceive() {
    let mut text = [0; 32];
    let said = "a\"\n\u{1b}[2J\u{202e}b".as_bytes();
    text[..said.len()].copy_from_slice(said);
    check("(string)", &[word(32), word(said.len() as u64), text], expect![[r#""a\"\n\u{1b}[2J\u{202e}b""#]]);
    check("(string)", &[word(32), word(2), MINUS_ONE], expect![[r#""��""#]]);
}

#[test]
fn arrays_that_point_at_themselves_cost_no_more_than_others() {
    // Every element of every level points back at the same array: 2^many values if one followed them all.
    let mut data = vec![word(32), word(32)];
    data.extend([word(0); 32]);
    let depth = types("(uint256[][][][][][][][][][][][][][][])");
    let shown = arguments(&depth, &data.concat()).unwrap();
    assert!(shown[0].len() <= ARGUMENT_BYTES_MAX, "{}", shown[0].len());

    // A thousand elements, each the same kilobyte.
    let mut data = vec![word(32), word(1_000)];
    data.extend(std::iter::repeat_n(word(32_000), 1_000));
    data.push(word(1_024));
    data.extend([[0xab; 32]; 32]);
    let shown = arguments(&types("(bytes[])"), &data.concat()).unwrap();
    assert!(shown[0].len() <= ARGUMENT_BYTES_MAX && shown[0].ends_with('…'), "{}", shown[0]);
}

#[test]
fn long_arrays_say_how_long_they_are() {
    let mut data = vec![word(32), word(40)];
    data.extend([word(1); 40]);
    let shown = arguments(&types("(uint8[])"), &data.concat()).unwrap();
    assert!(shown[0].ends_with("1, 1, … 40 in all]"), "{}", shown[0]);
}

fn any_types() -> impl Strategy<Value = Vec<DynSolType>> {
    // Of words, only whole ones: the library takes a narrower one with bits that its type does not have; the compiler
    // refuses that, and so do we.
    let leaf = prop_oneof![
        Just(DynSolType::Bool),
        Just(DynSolType::Uint(256)),
        Just(DynSolType::Int(256)),
        Just(DynSolType::FixedBytes(32)),
        Just(DynSolType::Address),
        Just(DynSolType::Bytes),
        Just(DynSolType::String),
    ];
    let ty = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| DynSolType::Array(Box::new(ty))),
            (inner.clone(), 1usize..3).prop_map(|(ty, size)| DynSolType::FixedArray(Box::new(ty), size)),
            prop::collection::vec(inner, 1..3).prop_map(DynSolType::Tuple),
        ]
    });
    prop::collection::vec(ty, 0..4)
}

proptest! {
    #[test]
    fn what_the_library_takes_is_taken_and_nothing_is_too_long(types in any_types(), words in prop::collection::vec(0u64..400, 0..30)) {
        let data = words.iter().map(|number| word(*number)).collect::<Vec<_>>().concat();
        let ours = arguments(&types, &data);
        for argument in ours.iter().flatten() {
            prop_assert!(argument.len() <= ARGUMENT_BYTES_MAX);
        }
        // The library's own encoding of what it read comes out of our reader too.
        if let Ok(values @ DynSolValue::Tuple(_)) = DynSolType::Tuple(types.clone()).abi_decode_params(&data) {
            let read = arguments(&types, &values.abi_encode_params());
            prop_assert!(read.is_some(), "{types:?} {values:?}");
        }
    }

    #[test]
    fn no_bytes_bring_the_reader_down(types in any_types(), data in prop::collection::vec(any::<u8>(), 0..500)) {
        if let Some(arguments) = arguments(&types, &data) {
            prop_assert_eq!(arguments.len(), types.len());
        }
    }
}
