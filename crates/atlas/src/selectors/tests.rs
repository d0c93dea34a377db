use alloy_primitives::{b256, hex};
use expect_test::{Expect, expect};

use super::*;

#[test]
fn the_list_in_the_binary_is_read_and_says_nothing_twice() {
    let text = include_str!("../../../../data/selectors/known.txt");
    let lines: Vec<_> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let unique: std::collections::BTreeSet<_> = lines.iter().collect();
    assert_eq!(unique.len(), lines.len());
    assert_eq!(Selectors::embedded().iter().count(), lines.len(), "two signatures share a selector or topic");
    assert!(lines.len() > 300);
}

/// Values that are printed in the standards and in explorers, independent of our hashing of our own list.
#[test]
fn selectors_and_topics_are_those_of_the_standards() {
    let known = Selectors::embedded();
    let functions = [
        (hex!("a9059cbb"), "transfer(address,uint256)"),
        (hex!("23b872dd"), "transferFrom(address,address,uint256)"),
        (hex!("095ea7b3"), "approve(address,uint256)"),
        (hex!("d505accf"), "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
        (hex!("150b7a02"), "onERC721Received(address,address,uint256,bytes)"),
        (hex!("f23a6e61"), "onERC1155Received(address,address,uint256,uint256,bytes)"),
        (hex!("8456cb59"), "pause()"),
        (hex!("3f4ba83a"), "unpause()"),
        (hex!("3659cfe6"), "upgradeTo(address)"),
        (hex!("4f1ef286"), "upgradeToAndCall(address,bytes)"),
        (hex!("2f2ff15d"), "grantRole(bytes32,address)"),
        (hex!("f2fde38b"), "transferOwnership(address)"),
        (hex!("23e30c8b"), "onFlashLoan(address,address,uint256,uint256,bytes)"),
        (hex!("10d1e85c"), "uniswapV2Call(address,uint256,uint256,bytes)"),
        (hex!("fa461e33"), "uniswapV3SwapCallback(int256,int256,bytes)"),
        (hex!("8b418713"), "callFunction(address,(address,uint256),bytes)"),
        (
            hex!("6a761202"),
            "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
        ),
        (
            hex!("1fad948c"),
            "handleOps((address,uint256,bytes,bytes,uint256,uint256,uint256,uint256,uint256,bytes,bytes)[],address)",
        ),
        (hex!("82ad56cb"), "aggregate3((address,bool,bytes)[])"),
        (hex!("022c0d9f"), "swap(uint256,uint256,address,bytes)"),
        (hex!("1f931c1c"), "diamondCut((address,uint8,bytes4[])[],address,bytes)"),
    ];
    for (selector, text) in functions {
        assert_eq!(known.selector(selector.into()).map(Signature::text), Some(text));
    }
    let errors = [(hex!("d93c0665"), "EnforcedPause()"), (hex!("118cdaa7"), "OwnableUnauthorizedAccount(address)")];
    for (selector, text) in errors {
        assert_eq!(known.error(selector.into()).map(Signature::text), Some(text));
        assert_eq!(known.selector(selector.into()), None, "an error is not a function");
    }
    let events = [
        (
            b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"),
            "Transfer(address,address,uint256)",
        ),
        (
            b256!("8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"),
            "Approval(address,address,uint256)",
        ),
        (
            b256!("8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e0"),
            "OwnershipTransferred(address,address)",
        ),
        (B256::ZERO, ""),
        (
            b256!("2f8788117e7eff1d82e926ec794901d17c78024a50270940304540a733656f0d"),
            "RoleGranted(bytes32,address,address)",
        ),
        (b256!("e1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"), "Deposit(address,uint256)"),
    ];
    for (topic, text) in events {
        assert_eq!(known.topic(topic).map_or("", Signature::text), text);
    }
}

fn check(input: &[u8], says: Expect) {
    says.assert_eq(&Selectors::embedded().decode_call(input).map_or("not known".to_owned(), |call| call.to_string()));
}

#[test]
fn a_call_is_told_in_words() {
    check(
        &hex!(
            "a9059cbb000000000000000000000000d8da6bf26964af9d7eed9e03e53415d37aa96045"
            "0000000000000000000000000000000000000000000000000de0b6b3a7640000"
        ),
        expect!["transfer(0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045, 1000000000000000000)"],
    );
    check(&hex!("8456cb59"), expect!["pause()"]);
    check(&hex!("a9059cbb00"), expect!["transfer(address,uint256) with data that does not fit it"]);
    check(&hex!("deadbeef"), expect!["not known"]);
    check(&hex!("845600"), expect!["not known"]);
    check(&[], expect!["not known"]);
}

#[test]
fn an_abi_adds_names_and_takes_none_away() {
    let abi = r#"[
        {"type": "function", "name": "drain", "inputs": [{"type": "uint256", "name": "amount"}]},
        {"type": "error", "name": "VaultEmpty", "inputs": []},
        {"type": "function", "name": "transfer", "inputs": [{"type": "address"}, {"type": "uint256"}]}
    ]"#;
    let known = Selectors::embedded();
    let more = known.clone().with_abi("Vault.json", abi).unwrap();
    assert_eq!(more.iter().count(), known.iter().count() + 2);
    // The same four bytes as transfer(address,uint256), found by search: a stranger's name for it does not win.
    let hostile = r#"[{"type": "function", "name": "many_msg_babbage", "inputs": [{"type": "bytes1"}]}]"#;
    let still = known.with_abi("hostile.json", hostile).unwrap();
    assert_eq!(still.selector(hex!("a9059cbb").into()).map(Signature::name), Some("transfer"));
    assert_eq!(Abi::parse("x", hostile).unwrap().signatures()[0].selector(), hex!("a9059cbb"));
}

#[test]
fn a_list_with_a_slip_is_refused_at_its_line() {
    let check = |text: &str, says: Expect| {
        let error = Selectors::default().with_list(&Text { file: "known.txt", text }).unwrap_err();
        says.assert_eq(&error.to_string());
    };
    check(
        "\nfunctoin a()\n",
        expect!["`functoin` is no kind at known.txt:2:1; write `function`, `event` or `error` and a signature"],
    );
    check(
        "function a(uint)",
        expect![
            "`a(uint)` is written `a(uint256)` at known.txt:1:1; write `function`, `event` or `error` and a signature"
        ],
    );
    check(
        "event a",
        expect![
            "`a` does not end with Solidity's types in parentheses, without spaces or argument names at known.txt:1:1; write `function`, `event` or `error` and a signature"
        ],
    );
}
