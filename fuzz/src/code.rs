//! Code of strangers, and what is said about it.

use std::sync::LazyLock;

use atlas::{
    Abi, Artifact, BadRows, Bytecode, ChainText, Interfaces, LabelFile, LabelsBuilder, Layout, Selectors, bytecode,
    proxy::ProxyReader,
};

use super::text;

static KNOWN: LazyLock<Interfaces> = LazyLock::new(Interfaces::embedded);

pub fn labels(data: &[u8]) {
    let Some(text) = text(data) else { return };
    for bad in [BadRows::Refuse, BadRows::Skip] {
        let file = LabelFile { file: "labels.csv", text, chain: None, kinds: None, source: "fuzz", date: None };
        let mut labels = LabelsBuilder::default();
        drop(labels.read(&file, bad));
        let labels = labels.build();
        _ = labels.of(&facts::ChainId::eip155(1), facts::Address::ZERO).count();
        drop(Interfaces::default().add_list("signatures.txt", text, bad));
    }
    drop(Selectors::parse("selectors.txt", text));
}

pub fn abi(data: &[u8]) {
    let Some(text) = text(data) else { return };
    drop(Abi::list("abi.json", text));
    drop(Artifact::parse_all("artifact.json", text));
    let Ok(abi) = Abi::parse("abi.json", text) else { return };
    let interfaces = Interfaces::of(&abi);
    // Whatever it declares is met with data that does not fit.
    for signature in abi.functions() {
        let mut input = signature.selector().to_vec();
        input.extend((0..=255).cycle().take(256));
        drop(interfaces.call(&input));
        drop(interfaces.error(&input));
    }
}

pub fn layout(data: &[u8]) {
    let Some(text) = text(data) else { return };
    drop(Layout::parse("layout.json", text));
    drop(Layout::parse_vyper("layout.json", text));
    drop(Layout::declare("layout.toml", text));
}

pub fn bytecode(data: &[u8]) {
    let code = Bytecode::read(data);
    let known = Selectors::embedded_ref();
    bytecode::listing(data, known, |_| None).for_each(drop);
    drop(ProxyReader::new(facts::Address::ZERO, &code).asks());
    drop(ChainText::read(data));
    drop(KNOWN.call(data));
    drop(KNOWN.reason(data));
}
