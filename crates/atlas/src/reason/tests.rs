use alloy_dyn_abi::DynSolValue;
use alloy_primitives::Selector;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::Selectors;

fn check(output: &[u8], says: Expect) {
    says.assert_eq(&Selectors::embedded().decode_revert(output).to_string());
}

fn with(selector: [u8; 4], values: &[DynSolValue]) -> Vec<u8> {
    [&selector[..], &DynSolValue::Tuple(values.to_vec()).abi_encode_params()].concat()
}

fn text(text: &str) -> Vec<u8> {
    with(ERROR_STRING, &[DynSolValue::String(text.to_owned())])
}

fn panic(code: u64) -> Vec<u8> {
    with(PANIC_CODE, &[U256::from(code).into()])
}

fn custom(signature: &str, values: &[DynSolValue]) -> Vec<u8> {
    let read = crate::Signature::parse(crate::SignatureKind::Error, signature).unwrap();
    with(read.selector().0, values)
}

#[test]
fn a_revert_says_why() {
    check(&[], expect!["no reason given"]);
    check(&text("ERC20: transfer amount exceeds balance"), expect!["ERC20: transfer amount exceeds balance"]);
    check(&text(""), expect![""]);
    check(&panic(0x11), expect!["panic 0x11: arithmetic overflow or underflow"]);
    check(&panic(0), expect!["panic 0x00: a panic of the compiler"]);
    check(&panic(0x99), expect!["panic 0x99"]);
    check(&custom("EnforcedPause()", &[]), expect!["EnforcedPause()"]);
    check(
        &custom(
            "AccessControlUnauthorizedAccount(address,bytes32)",
            &[alloy_primitives::Address::repeat_byte(0x11).into(), DynSolValue::FixedBytes([0xab; 32].into(), 32)],
        ),
        expect![
            "AccessControlUnauthorizedAccount(0x1111111111111111111111111111111111111111, 0xabababababababababababababababababababababababababababababababab)"
        ],
    );
}

#[test]
fn what_is_not_understood_stays_as_it_was() {
    check(&[1], expect!["0x01"]);
    check(&[0xde, 0xad, 0xbe, 0xef, 1, 2], expect!["0xdeadbeef0102"]);
    check(&ERROR_STRING, expect!["0x08c379a0"]);
    check(
        &[&ERROR_STRING[..], &[0xff; 64]].concat(),
        expect![
            "0x08c379a0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        ],
    );
    check(
        &[&PANIC_CODE[..], &[0; 31]].concat(),
        expect!["0x4e487b7100000000000000000000000000000000000000000000000000000000000000"],
    );
    check(
        &custom("OwnableUnauthorizedAccount(address)", &[]),
        expect!["OwnableUnauthorizedAccount(address) with data that does not fit it"],
    );
    let Reason::Raw { head, len } = Selectors::embedded().decode_revert(&vec![0x77; 1 << 20]) else { panic!() };
    assert_eq!((head.len(), len), (RAW_BYTES_MAX, 1 << 20));
}

#[test]
fn a_hostile_text_is_kept_marked_and_shown_without_harm() {
    let read = |bytes: &[u8]| match Selectors::embedded()
        .decode_revert(&with(ERROR_STRING, &[DynSolValue::Bytes(bytes.to_vec())]))
    {
        Reason::Text(text) => text,
        other => panic!("{other:?}"),
    };
    // What it says, whether it is marked, how it is shown.
    let cases: [(&[u8], bool, &str); 7] = [
        ("not enough é 漢字 ".as_bytes(), false, "not enough é 漢字 "),
        (b"<script>alert(1)</script>", false, "<script>alert(1)</script>"),
        (b"\x1b[2Jpaused by guardian", true, "\\u{1b}[2Jpaused by guardian"),
        (b"line\nINFO all is well", true, "line\\u{a}INFO all is well"),
        ("\u{202e}kcatta".as_bytes(), true, "\\u{202e}kcatta"),
        (&[0xff, 0xfe, b'x'], true, "\u{fffd}\u{fffd}x"),
        (b"nul\0", true, "nul\\u{0}"),
    ];
    for (bytes, hostile, shown) in cases {
        let text = read(bytes);
        assert_eq!((text.hostile, text.to_string().as_str()), (hostile, shown));
        assert_eq!(text.text, String::from_utf8_lossy(bytes));
        assert!(!text.cut);
    }
    let megabyte = read("漢".repeat(400_000).as_bytes());
    assert!(megabyte.cut);
    assert_eq!(megabyte.text.chars().count(), REASON_CHARS_MAX);
    assert!(!megabyte.hostile, "the cut fell within a character and was taken for bad bytes");
    let whole = read("漢".repeat(REASON_CHARS_MAX).as_bytes());
    assert!(!whole.cut);
}

#[test]
fn the_two_forms_of_solidity_have_the_selectors_of_their_signatures() {
    for (signature, selector) in [("Error(string)", ERROR_STRING), ("Panic(uint256)", PANIC_CODE)] {
        let read = crate::Signature::parse(crate::SignatureKind::Error, signature).unwrap();
        assert_eq!(read.selector(), Selector::from(selector));
    }
}

proptest! {
    #[test]
    fn no_output_brings_the_reader_down(form in 0usize..3, len: u8, data in prop::collection::vec(any::<u8>(), 0..300)) {
        let output = match form {
            0 => data,
            1 => [&ERROR_STRING[..], &data].concat(),
            _ => [&ERROR_STRING[..], &[0; 31], &[32], &[0; 31], &[len], &data].concat(),
        };
        let shown = Selectors::embedded().decode_revert(&output).to_string();
        prop_assert!(!shown.chars().any(char::is_control));
    }
}
