//! Tokens that are honest, that lie, and that are none.

use serde_json::{Value, json};

use super::*;

#[allow(dead_code, clippy::print_stdout, clippy::expect_used, reason = "shared with the exam of the eyes")]
#[path = "../../../../watch/tests/live/anvil.rs"]
mod anvil;

#[test]
fn a_token_is_asked_once_and_only_if_it_is_one() {
    let (tokens, mut asked) = Tokens::new();
    let usdt: AssetId = "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7".parse().unwrap();
    assert_eq!((tokens.name(&usdt), tokens.name(&usdt)), (None, None));
    assert_eq!(tokens.name(&"eip155:1/slip44:60".parse().unwrap()), None);
    assert_eq!(asked.asked.try_recv().unwrap(), usdt);
    assert!(asked.asked.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_token_is_asked_and_what_is_no_token_has_no_name() {
    let Some(chain) = anvil::Anvil::start(&["--no-mining"]) else { return };
    let accounts = chain.ask("eth_accounts", json!([])).await;
    let artifact = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts/DemoToken.json");
    let artifact: Value = serde_json::from_slice(&std::fs::read(artifact).unwrap()).unwrap();
    let owner = accounts[0].as_str().unwrap().trim_start_matches("0x");
    let code = format!("{}{owner:0>64}", artifact["bytecode"].as_str().unwrap());
    let deploy = json!([{ "from": accounts[0], "data": code, "gas": "0x989680" }]);
    let hash = chain.ask("eth_sendTransaction", deploy).await;
    chain.mine(1).await;
    let receipt = chain.ask("eth_getTransactionReceipt", json!([hash])).await;
    let token: Address = receipt["contractAddress"].as_str().unwrap().parse().unwrap();

    let id = ChainId::eip155(31337);
    let node =
        Node::new(id.clone(), vec![rpc::EndpointConfig::new(chain.http())], rpc::NodeOptions::default()).unwrap();
    let (tokens, asked) = Tokens::new();
    let stop = CancellationToken::new();
    let work = tokio::spawn(asked.look_up([(id.clone(), Arc::new(node))].into(), stop.clone()));
    let asset = |token: Address| format!("{id}/erc20:{token}").parse::<AssetId>().unwrap();
    // Somebody's wallet answers nothing, and is asked first: when the token has its name, that is settled too.
    assert_eq!(tokens.name(&asset(Address::repeat_byte(7))), None);
    let begun = std::time::Instant::now();
    let named = loop {
        if let Some(name) = tokens.name(&asset(token)) {
            break name;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "the token gets no name");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    assert_eq!((named.symbol.as_str(), named.decimals), ("DUSD", 18));
    assert_eq!(tokens.name(&asset(Address::repeat_byte(7))), None);
    assert_eq!(tokens.known.lock().unwrap().len(), 2, "both are known, and not asked again");
    stop.cancel();
    work.await.unwrap();
}
