//! The rooms that judge do nothing else: no async, no clock, no chance, no files, no network, no printing. Their code
//! is read as syntax, so that neither a comment nor a nested import deceives.

use super::{
    Violation,
    tree::{File, Tree},
};
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{
    Attribute, ExprAsync, ExprAwait, ImplItemFn, Item, ItemMod, ItemUse, Macro, Signature, UseTree,
    spanned::Spanned as _, visit,
};

/// The pure rooms.
pub(super) const PURE: &[&str] =
    &["facts", "case", "atlas", "detect", "prepare", "respond", "follow", "recover", "report"];

/// Paths that begin like this are not for pure rooms.
const BANNED: &[&[&str]] = &[
    &["tokio"],
    &["rand"],
    &["getrandom"],
    &["std", "env"],
    &["std", "fs"],
    &["std", "io"],
    &["std", "net"],
    &["std", "os"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["std", "hash", "RandomState"],
    &["std", "collections", "hash_map", "RandomState"],
];

/// Paths that end like this read a clock.
const CLOCKS: &[&[&str]] = &[&["Timestamp", "now"], &["Zoned", "now"], &["Instant", "now"], &["SystemTime", "now"]];

const PRINTERS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

const REMEDY: &str = "pure rooms take time, chance and bytes as arguments and return what they decided";

pub fn check(tree: &Tree) -> Vec<Violation> {
    let is_pure = |file: &&File| {
        let Some((room, _)) = file.path.strip_prefix("crates/").and_then(|rest| rest.split_once("/src/")) else {
            return false;
        };
        PURE.contains(&room) && file.has_extension(&["rs"]) && !file.is_test()
    };
    tree.files.iter().filter(is_pure).flat_map(read).collect()
}

fn read(file: &File) -> Vec<Violation> {
    let mut reader = Reader { path: &file.path, found: Vec::new() };
    match syn::parse_file(&file.text) {
        Ok(syntax) => visit::visit_file(&mut reader, &syntax),
        Err(error) => reader.tell(error.span(), format!("is not Rust: {error}")),
    }
    reader.found
}

struct Reader<'a> {
    path: &'a str,
    found: Vec<Violation>,
}

impl Reader<'_> {
    fn tell(&mut self, at: Span, what: impl Into<String>) {
        self.found.push(Violation::new(self.path, at.start().line, what, REMEDY));
    }

    fn judge(&mut self, path: &[String], at: Span) {
        let starts = |banned: &&[&str]| path.len() >= banned.len() && path.iter().zip(*banned).all(|(a, b)| a == b);
        let ends = |clock: &&[&str]| path.len() >= 2 && path[path.len() - 2..].iter().zip(*clock).all(|(a, b)| a == b);
        let path_shown = path.join("::");
        if BANNED.iter().any(starts) {
            self.tell(at, format!("a pure room uses `{path_shown}`"));
        } else if CLOCKS.iter().any(ends) {
            self.tell(at, format!("a pure room reads the clock: `{path_shown}`"));
        }
    }

    /// Every path that a `use` brings in. A whole module that holds something banned is as good as the banned thing.
    fn judge_use(&mut self, tree: &UseTree, mut before: Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.judge_use(&path.tree, before);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.judge_use(tree, before.clone())),
            UseTree::Name(name) if name.ident == "self" => self.judge_leaf(&before, name.span()),
            UseTree::Rename(name) if name.ident == "self" => self.judge_leaf(&before, name.span()),
            UseTree::Name(name) => {
                before.push(name.ident.to_string());
                self.judge_leaf(&before, name.span());
            }
            UseTree::Rename(name) => {
                before.push(name.ident.to_string());
                self.judge_leaf(&before, name.span());
            }
            UseTree::Glob(glob) => self.judge_leaf(&before, glob.span()),
        }
    }

    fn judge_leaf(&mut self, path: &[String], at: Span) {
        let holds = |banned: &&[&str]| path.len() < banned.len() && path.iter().zip(*banned).all(|(a, b)| a == b);
        if BANNED.iter().any(holds) {
            self.tell(at, format!("a pure room imports all of `{}`: name the item", path.join("::")));
        }
        self.judge(path, at);
    }

    /// What a macro is given is tokens: its paths are read from them.
    fn judge_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut at, mut colons) = (Span::call_site(), 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if ident == "async" || ident == "await" {
                        self.tell(ident.span(), format!("a pure room says `{ident}`"));
                    }
                    if colons != 2 {
                        self.judge(&path, at);
                        path.clear();
                    }
                    at = ident.span();
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.judge(&std::mem::take(&mut path), at);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.judge_tokens(group.stream());
                    }
                }
            }
        }
        self.judge(&path, at);
    }
}

impl<'ast> visit::Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Const(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        // Files of that name are not read, so they had better be out of the shipped code.
        if item.ident == "tests" {
            self.tell(item.span(), "`mod tests` is part of the shipped code: put `#[cfg(test)]` before it");
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.judge_use(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.judge(&names, path.span());
        visit::visit_path(self, path);
    }

    fn visit_signature(&mut self, signature: &'ast Signature) {
        if let Some(token) = &signature.asyncness {
            self.tell(token.span(), format!("a pure room has an async function: `{}`", signature.ident));
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast ExprAsync) {
        self.tell(block.span(), "a pure room says `async`");
    }

    fn visit_expr_await(&mut self, awaited: &'ast ExprAwait) {
        self.tell(awaited.await_token.span(), "a pure room says `await`");
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Some(last) = call.path.segments.last().filter(|last| PRINTERS.iter().any(|name| last.ident == name)) {
            self.tell(last.span(), format!("a pure room prints: `{}!`", last.ident));
        }
        self.judge_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

/// Behind `#[cfg(test)]`, alone or with more conditions.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
            _ => return false,
        };
        condition == "test" || condition.starts_with("all (test ,")
    })
}

#[cfg(test)]
mod tests;
