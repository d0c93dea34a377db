//! What a stranger writes on the chain: symbols that are markup, a megabyte or no text at all, reasons without end. The
//! attack they are part of is noticed all the same, and whatever is shown of them is whole and harmless.

use std::process::Command;

use alloy_primitives::{Address, hex, keccak256};
use serde_json::Value;

use crate::{
    book::Book,
    scene::{ETHER, Scene, call, padded, word},
    serve::Installation,
};

const MEGABYTE: u32 = 1 << 20;

/// A few instructions of the EVM, put together by hand.
#[derive(Default)]
struct Code(Vec<u8>);

impl Code {
    fn push(mut self, bytes: &[u8]) -> Self {
        self.0.push(0x5f + u8::try_from(bytes.len()).unwrap());
        self.0.extend(bytes);
        self
    }

    fn number(self, number: u32) -> Self {
        self.push(&number.to_be_bytes())
    }

    fn op(mut self, op: u8) -> Self {
        self.0.push(op);
        self
    }

    /// `mem[at..at + 32] = word`.
    fn store(self, at: u32, word: &[u8; 32]) -> Self {
        self.push(word).number(at).op(0x52)
    }

    /// Writes an account's balance down where Solidity keeps the mapping of slot 0.
    fn books(self, account: Address, amount: u128) -> Self {
        let slot =
            self.store(0, &account.into_word()).store(32, &[0; 32]).push(&word_bytes(amount)).number(64).number(0);
        slot.op(0x20).op(0x55)
    }

    /// Says that the token moved.
    fn says_moved(self, from: Address, to: Address, amount: u128) -> Self {
        let log = self.store(0, &word_bytes(amount)).push(to.into_word().as_slice()).push(from.into_word().as_slice());
        log.push(keccak256("Transfer(address,address,uint256)").as_slice()).number(32).number(0).op(0xa3)
    }

    /// Gives back (`RETURN` or `REVERT`) this much of the memory, from its beginning.
    fn end(self, length: u32, op: u8) -> Self {
        self.number(length).number(0).op(op)
    }

    /// Does `then` if the call is to this function.
    fn on(self, signature: &str, then: Code) -> Self {
        let after = self.0.len() + 16 + then.0.len();
        let after = u16::try_from(after).unwrap().to_be_bytes();
        let selector = &keccak256(signature)[..4];
        // calldata[0..32] >> 224 == selector, else on.
        let mut code = self.push(selector).push(&[0]).op(0x35).push(&[0xe0]).op(0x1c).op(0x18).push(&after).op(0x57);
        code.0.extend(then.0);
        assert_eq!(code.0.len(), usize::from(u16::from_be_bytes(after)));
        code.op(0x5b)
    }

    fn then(mut self, other: Code) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Code that puts this code onto the chain.
    fn deployed(self) -> String {
        let length = u32::try_from(self.0.len()).unwrap();
        // codecopy(0, 19, length); return(0, length): these are the first 19 bytes.
        let mut before =
            Code::default().number(length).push(&[0, 19]).push(&[0]).op(0x39).number(length).push(&[0]).op(0xf3);
        assert_eq!(before.0.len(), 19);
        before.0.extend(self.0);
        format!("0x{}", hex::encode(before.0))
    }
}

fn number(number: u32) -> [u8; 32] {
    let mut word = [0; 32];
    word[28..].copy_from_slice(&number.to_be_bytes());
    word
}

fn text(text: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    word[..text.len()].copy_from_slice(text);
    word
}

/// A token with this symbol, which claims this length. The vault comes to a thousand of it, and the thief takes them.
fn token(symbol: &[u8], length: u32, vault: Address, thief: Address) -> String {
    let amount = 1_000 * ETHER;
    let symbol = Code::default().store(0, &number(32)).store(32, &number(length)).store(64, &text(symbol));
    let symbol = symbol.end(if length <= MEGABYTE { 64 + length.next_multiple_of(32) } else { 96 }, 0xf3);
    let decimals = Code::default().store(0, &number(18)).end(32, 0xf3);
    let gift = Code::default().books(vault, amount).says_moved(Address::ZERO, vault, amount).end(32, 0xf3);
    let theft = Code::default().books(vault, 0).books(thief, amount).says_moved(vault, thief, amount).end(32, 0xf3);
    let code =
        Code::default().on("symbol()", symbol).on("decimals()", decimals).on("gift()", gift).on("theft()", theft);
    code.deployed()
}

fn word_bytes(amount: u128) -> [u8; 32] {
    hex::decode(word(alloy_primitives::U256::from(amount))).unwrap().try_into().unwrap()
}

/// A contract that fails everything with a reason of a megabyte; when it is asked to pause, with as much as fits.
fn endless_reason() -> String {
    Code::default().on("pause()", reason(1 << 16)).then(reason(MEGABYTE)).deployed()
}

fn reason(length: u32) -> Code {
    let mut code = Code::default();
    let mut body = vec![0; 4 + 64];
    body[..4].copy_from_slice(&keccak256("Error(string)")[..4]);
    body[4..36].copy_from_slice(&number(32));
    body[36..68].copy_from_slice(&number(length));
    body.extend(b"<script>alert(1)</script>\x1b[2J\xff");
    body.resize(body.len().next_multiple_of(32), 0);
    for (index, word) in body.chunks(32).enumerate() {
        code = code.store(u32::try_from(index).unwrap() * 32, word.try_into().unwrap());
    }
    code.end(68 + length, 0xfd)
}

/// Nothing that acts on a terminal may come out as it went in, and nothing may be a megabyte long.
fn is_harmless(place: &str, shown: &str) {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!shown.contains(turns), "{place}: {:?}", shown.chars().find(|c| turns(*c)));
    is_bounded(place, shown);
}

/// The desk gives text as it is, for whoever shows it to escape; as JSON it holds no control characters.
fn is_bounded(place: &str, shown: &str) {
    let acts = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    assert!(!shown.contains(acts), "{place}: {:?}", shown.chars().find(|c| acts(*c)));
    assert!(shown.len() < 200_000, "{place} has {} bytes", shown.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attack_with_hostile_tokens_and_endless_reasons_is_told_whole() {
    let Some(scene) = Scene::set().await else { return };
    let robber = scene.accounts[2];
    let mut tokens = Vec::new();
    let symbols: [(&[u8], u32); 5] = [
        (b"<script>alert(1)</script>", 25),
        (b"ABC", MEGABYTE),
        (b"\xff\xfe\xc3\x28", 4),
        (b"\x1b[2J\xe2\x80\xaeDSU", 10),
        (b"", u32::MAX),
    ];
    for (symbol, length) in symbols {
        let token = scene.create(robber, &token(symbol, length, scene.vault, robber)).await;
        scene.done(2, Some(token), 0, &call("gift()", &[])).await;
        tokens.push(token);
    }
    let refuser = scene.create(robber, &endless_reason()).await;
    let installation = Installation::new(&scene, &[scene.node.ws()]);
    let refusing = format!(
        "[[contract]]\nname = \"Refuser\"\nchain = \"eip155:31337\"\naddress = \"{refuser}\"\npause = \"pause()\"\n\
         unpause = \"unpause()\"\nsigner = \"guardian\"\n"
    );
    installation.write("protocol.toml", &(installation.read("protocol.toml") + &refusing));
    let mut serve = installation.serve();
    serve.ready().await;
    // All of it in the block of the attack: claims of tokens, failed calls of what only its keepers may call.
    let mut thefts = Vec::new();
    for token in &tokens {
        thefts.push(scene.send(2, Some(*token), 0, &call("theft()", &[])).await);
    }
    for _ in 0..4 {
        scene.send(2, Some(refuser), 0, &call("pause()", &[])).await;
        scene
            .send(
                2,
                Some(refuser),
                0,
                &call("grantRole(bytes32,address)", &[word(alloy_primitives::U256::ZERO), padded(robber)]),
            )
            .await;
    }
    scene.attack().await;
    scene.node.mine(1).await;
    serve.book("the pause on its way", |book| !book.of_kind("case.receipt/1").is_empty()).await;
    scene.node.mine(1).await;
    serve
        .book("the pause confirmed", |book| {
            book.alerts("drain").len() == 6 && !book.of_kind("case.confirmed/1").is_empty()
        })
        .await;
    let book = serve.follows(&scene).await;
    assert!(scene.is_paused().await);

    // The desk asks tokens for their names when somebody looks, so it is looked at twice.
    let named = |page: &Value| {
        page["items"].as_array().is_some_and(|items| items.len() >= book.of_kind("alert.raised/1").len())
    };
    serve.desk("/api/v1/alerts", named).await;
    for path in ["/api/v1/alerts", "/api/v1/incidents", "/api/v1/status", "/api/v1/readiness"] {
        let text = serve.text(path).await;
        // JSON escapes control characters; whoever shows the text has to escape the rest.
        is_bounded(path, &text);
        serde_json::from_str::<Value>(&text).unwrap();
    }
    let mut shown = String::new();
    for case in &book.cases {
        for path in ["", "/entries", "/brief"] {
            is_bounded(path, &serve.text(&format!("/api/v1/incidents/{}{path}", case.id)).await);
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_breakglass"));
        command.args(["case", "show", &case.id.to_string(), "--data"]).arg(&installation.data);
        let output = command
            .env("BREAKGLASS_TOKEN", crate::serve::TOKEN)
            .current_dir(installation.folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.contains(&case.id.to_string()), "{said}");
        is_harmless("case show", &said);
        shown.push_str(&said);
    }
    // One by one, as somebody would look at them afterwards.
    for tx in &thefts {
        let mut command = Command::new(env!("CARGO_BIN_EXE_breakglass"));
        let rpc = scene.node.http();
        command
            .args(["trace", tx, "--rpc", &rpc, "--protocol", "protocol.toml"])
            .current_dir(installation.folder.path());
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.contains(tx), "{said}");
        is_harmless("trace", &said);
        shown.push_str(&said);
    }
    // The symbols are there, as text and nothing else; what is too long or no text is shown in base units.
    for words in ["lost        1000 <script>alert(1)</script> (", "\\u{1b}[2J\\u{202e}DSU", "lost        50 ETH ("] {
        assert!(shown.contains(words), "no `{words}` in {shown}");
    }
    for token in &tokens {
        assert!(
            shown.contains(&format!("(1000000000000000000000 of eip155:31337/erc20:{token})"))
                || shown.contains(&format!("lost        1000000000000000000000 of eip155:31337/erc20:{token}")),
            "{shown}"
        );
    }
    let page = serve.text("/").await;
    assert!(!page.contains("alert(1)"), "{page}");
    is_harmless("the log", &serve.said());
    assert!(!serve.said().contains("panicked"), "{}", serve.said());
    serve.stop().await;
    let book: Book = installation.proved().await;
    assert!(book.is_whole() && book.alerts("blind-spot").is_empty(), "{:#?}", book.story());
    for (_, line) in &book.lines {
        assert!(line.payload.to_string().len() < 200_000, "{} has {} bytes", line.kind, line.payload.to_string().len());
    }
}
