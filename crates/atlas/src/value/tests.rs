use alloy_dyn_abi::DynSolValue;
use alloy_primitives::hex;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::{Signature, SignatureKind};

fn types(text: &str) -> Vec<DynSolType> {
    Signature::parse(SignatureKind::Function, &format!("f{text}")).unwrap().inputs().to_vec()
}

fn n(number: u64) -> [u8; 32] {
    U256::from(number).to_be_bytes()
}

fn check(signature: &str, words: &[[u8; 32]], says: Expect) {
    let (types, data) = (types(signature), words.concat());
    let told = match read(&types, &[], &data) {
        Some(fields) => {
            let exact = if writes(&fields, &types, &data) { "exact" } else { "loose" };
            let shown: Vec<_> = fields.iter().map(ToString::to_string).collect();
            format!("{} ({exact})", shown.join(" | "))
        }
        None => "does not fit".to_owned(),
    };
    says.assert_eq(&told);
}

#[test]
fn values_keep_their_types() {
    check("(uint256,bool,int8)", &[n(7), n(1), [0xff; 32]], expect!["7 | true | -1 (exact)"]);
    check("(uint8)", &[n(256)], expect!["does not fit"]);
    check("(bool)", &[n(2)], expect!["does not fit"]);
    check("(address)", &[[0xff; 32]], expect!["does not fit"]);
    let words = [
        n(64),
        n(160),
        n(2),
        n(5),
        n(6),
        n(1),
        n(64),
        n(2),
        *b"hi\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ];
    check("(uint256[],(bool,bytes))", &words, expect!["[5, 6] | (true, 0x6869) (exact)"]);
    check(
        "((uint256,(bool,bool)[2])[])",
        &[n(32), n(1), n(9), n(1), n(0), n(0), n(1)],
        expect!["[(9, [(true, false), (false, true)])] (exact)"],
    );
}

#[test]
fn bytes_that_no_encoder_writes_are_noticed() {
    check("(uint256)", &[n(1), n(2)], expect!["1 (loose)"]);
    // The text lies one word further than it has to.
    check("(string)", &[n(64), n(0), n(0)], expect![[r#""" (loose)"#]]);
    check(
        "(string)",
        &[n(32), n(1), *b"ab\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"],
        expect![[r#""a" (loose)"#]],
    );
    check(
        "(string)",
        &[n(32), n(1), *b"a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"],
        expect![[r#""a" (exact)"#]],
    );
}

#[test]
fn data_that_points_at_itself_is_refused_for_what_it_costs() {
    // Every word is an offset to a length of thirty-two, and every such array has thirty-two more.
    check("(uint256[][][][][][][][][][][][][][][])", &[n(32); 600], expect![["does not fit"]]);
    // A thousand elements that are all the same kilobyte.
    let mut data = vec![n(32), n(1_000)];
    data.extend(std::iter::repeat_n(n(32_000), 1_000));
    data.push(n(1_024));
    data.extend([[0xab; 32]; 32]);
    check("(bytes[])", &data, expect!["does not fit"]);
    check("(uint256[])", &[n(32), n(1 << 60)], expect!["does not fit"]);
}

#[test]
fn long_and_hostile_values_are_told_in_short() {
    let value = Value::Array(vec![Value::Bytes(Bytes::from(vec![1; 4_000])); 4_000]);
    assert!(value.to_string().len() < 5_000);
    let text = Value::Text(Bytes::from_static(b"a\"\n\x1b[2J\xff"));
    expect![[r#""a\"\u{a}\u{1b}[2J�""#]].assert_eq(&text.to_string());
    let field =
        Field { name: "to".to_owned(), ty: "bytes4".to_owned(), value: Value::FixedBytes(hex!("01020304").into()) };
    assert_eq!(field.to_string(), "to: 0x01020304");
}

fn arbitrary() -> impl Strategy<Value = DynSolValue> {
    let leaf = prop_oneof![
        any::<[u8; 32]>().prop_map(|word| DynSolValue::Uint(U256::from_be_bytes(word), 256)),
        any::<u8>().prop_map(|byte| DynSolValue::Uint(U256::from(byte), 8)),
        any::<i64>().prop_map(|number| DynSolValue::Int(I256::try_from(number).unwrap(), 64)),
        any::<bool>().prop_map(DynSolValue::Bool),
        any::<[u8; 20]>().prop_map(|address| DynSolValue::Address(address.into())),
        any::<[u8; 4]>().prop_map(|four| DynSolValue::FixedBytes(FixedBytes::right_padding_from(&four), 4)),
        proptest::collection::vec(any::<u8>(), 0..70).prop_map(DynSolValue::Bytes),
        "[a-z]{0,70}".prop_map(DynSolValue::String),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0_usize..4).prop_map(|(value, len)| DynSolValue::Array(vec![value; len.max(1)])),
            (inner.clone(), 1_usize..4).prop_map(|(value, len)| DynSolValue::FixedArray(vec![value; len])),
            proptest::collection::vec(inner, 1..4).prop_map(DynSolValue::Tuple),
        ]
    })
}

proptest! {
    /// Whatever an honest encoder writes is read, and known to be honest.
    #[test]
    fn what_is_encoded_is_read_back(values in proptest::collection::vec(arbitrary(), 1..5)) {
        let types: Vec<DynSolType> = values.iter().map(|value| value.as_type().unwrap()).collect();
        let data = DynSolValue::Tuple(values).abi_encode_params();
        let fields = read(&types, &[], &data).unwrap();
        prop_assert!(writes(&fields, &types, &data));
        let longer = [&data[..], &[0]].concat();
        prop_assert!(!read(&types, &[], &longer).is_some_and(|fields| writes(&fields, &types, &longer)));
    }

    #[test]
    fn any_data_is_read_or_refused(data in proptest::collection::vec(prop_oneof![Just(0_u8), Just(32), Just(64), any::<u8>()], 0..400)) {
        for signature in ["(uint256[],(bytes,string)[])", "(bytes[][],address)", "((uint8,int16[2])[3][],function)"] {
            if let Some(fields) = read(&types(signature), &[], &data) {
                prop_assert!(fields.iter().map(|field| field.to_string().len()).sum::<usize>() < 20_000);
                let _ = writes(&fields, &types(signature), &data);
            }
        }
    }
}
