//! Reading label files in the forms in which they are published.

use std::borrow::Cow;

use alloy_primitives::{Address, hex};
use facts::ChainId;
use serde::{
    Deserialize,
    de::{DeserializeSeed, MapAccess, Visitor},
};

use super::{LabelKind, LabelKinds, LabelsBuilder, columns::Columns, kind::kinds_of_tag};
use crate::{
    BadRows, RowsRead,
    config::{ConfigError, one_line, suggest},
    csv,
    rows::{Rows, Slip, line_of},
};

/// The largest file that is read, in bytes: a million labels have about 150 MB in the plainest form.
pub const LABEL_FILE_BYTES_MAX: usize = 1 << 30;
/// The longest name or list of tags, in bytes.
const TEXT_BYTES_MAX: usize = 512;

/// A text with labels. Five forms are known, by their beginnings:
///
/// - our own, CSV with the header `address,chain,kinds,name,source,date`: `chain` is a CAIP-2 id or `*` for every EVM
///   chain, `kinds` are names of [`LabelKind`] with `|` between them, `source` and `date` (`YYYY-MM-DD`) may be empty
///   when the whole file has one; lines that begin with `#` are notes
/// - the CSV files of the Forta labelled datasets: malicious contracts, phishing scams, Etherscan's malicious labels
/// - the JSON of the Etherscan label sets: `{"0x…": {"name": "…", "labels": ["…"]}}`
/// - a JSON array of addresses, or a text with an address on each line, as lists of sanctioned addresses are published:
///   for these [`LabelFile::kinds`] has to be given
#[derive(Debug, Clone)]
pub struct LabelFile<'a> {
    /// The file's name, for errors.
    pub file: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The chain of rows that name none; none for every EVM chain.
    pub chain: Option<ChainId>,
    /// Kinds that every row has, besides those that it names.
    pub kinds: Option<LabelKinds>,
    /// Who says it, where rows name nobody.
    pub source: &'a str,
    /// When, where rows say nothing.
    pub date: Option<&'a str>,
}

/// A label on its way in.
pub(super) struct Row<'a> {
    pub(super) address: Address,
    pub(super) chain: Option<&'a ChainId>,
    pub(super) kinds: LabelKinds,
    pub(super) name: &'a str,
    pub(super) tags: &'a str,
    pub(super) source: &'a str,
    pub(super) date: Option<&'a str>,
}

pub(super) fn read(file: &LabelFile<'_>, bad: BadRows, builder: &mut LabelsBuilder) -> Result<RowsRead, ConfigError> {
    let rows = Rows { file: file.file, bad, found: RowsRead::default() };
    let mut reading = Reading { file, rows, builder };
    if file.text.len() > LABEL_FILE_BYTES_MAX {
        let message = format!("{} bytes are too many", file.text.len());
        return Err(reading.rows.error(1, message, format!("split it into files below {LABEL_FILE_BYTES_MAX} bytes")));
    }
    if let Some(date) = file.date.filter(|date| !is_date(date)) {
        let message = format!("`{}` is not a day", one_line(date, 40));
        return Err(reading.rows.error(1, message, "write `YYYY-MM-DD`".to_owned()));
    }
    let text = file.text.trim_start_matches('\u{feff}').trim_start();
    match text.bytes().next() {
        Some(b'{') => reading.explorer(text)?,
        Some(b'[') => reading.array(text)?,
        _ => reading.lines()?,
    }
    Ok(reading.rows.found)
}

struct Reading<'a, 'b> {
    file: &'a LabelFile<'a>,
    rows: Rows<'a>,
    builder: &'b mut LabelsBuilder,
}

impl Reading<'_, '_> {
    fn add(&mut self, address: Address, kinds: LabelKinds, name: &str, tags: &str) -> Result<(), Slip> {
        let (chain, source) = (self.file.chain.as_ref(), self.file.source);
        self.add_from(Row { address, chain, kinds, name, tags, source, date: self.file.date })
    }

    fn add_from(&mut self, mut row: Row<'_>) -> Result<(), Slip> {
        if row.name.len() > TEXT_BYTES_MAX || row.tags.len() > TEXT_BYTES_MAX {
            return Err((
                format!("its name or tags are longer than {TEXT_BYTES_MAX} bytes"),
                "shorten them".to_owned(),
            ));
        }
        row.kinds = row.kinds.with(self.file.kinds.unwrap_or_default());
        if row.kinds.is_empty() {
            row.kinds = LabelKind::Other.into();
        }
        self.builder.add(row).map_err(|message| (message.to_owned(), "leave some of it out".to_owned()))
    }

    /// An address on each line, or comma-separated values with a header.
    fn lines(&mut self) -> Result<(), ConfigError> {
        let mut rows = csv::rows(self.file.text.trim_start_matches('\u{feff}'));
        let Some(first) = rows.next() else { return Ok(()) };
        let header = first.fields.map_err(|why| self.rows.error(first.line, why.to_owned(), FORMS.to_owned()))?;
        if header.len() == 1 && header[0] != "address" {
            let read = self.listed(header[0].trim());
            self.rows.row(|| first.line, read)?;
            for row in rows {
                let read = match row.fields.as_deref() {
                    Ok([field]) => self.listed(field.trim()),
                    Ok(_) => Err(("there is more than an address".to_owned(), "write one address a line".to_owned())),
                    Err(why) => Err(((*why).to_owned(), "write one address a line".to_owned())),
                };
                self.rows.row(|| row.line, read)?;
            }
            return Ok(());
        }
        let columns = Columns::of(&header).map_err(|(message, hint)| self.rows.error(first.line, message, hint))?;
        for row in rows {
            let read = match row.fields {
                Ok(fields) if fields.len() == header.len() => self.fields(&columns, &fields),
                Ok(fields) => Err((
                    format!("{} fields under a header of {}", fields.len(), header.len()),
                    "quote a field that holds a comma".to_owned(),
                )),
                Err(why) => Err((why.to_owned(), "quote fields as RFC 4180 says".to_owned())),
            };
            self.rows.row(|| row.line, read)?;
        }
        Ok(())
    }

    fn fields(&mut self, columns: &Columns, fields: &[Cow<'_, str>]) -> Result<usize, Slip> {
        let field = |at: Option<usize>| at.map_or("", |at| fields[at].trim());
        let address = parsed(field(Some(columns.address)))?;
        if let Some(kinds) = columns.kinds {
            return self.own(columns, address, field(Some(kinds)), &field);
        }
        let tags = field(columns.tags);
        let said = kinds_of_tag(tags);
        let kinds = if said.is_empty() { columns.otherwise } else { said };
        let name = Some(field(columns.name)).filter(|name| !name.is_empty()).unwrap_or(field(columns.notes));
        self.add(address, kinds, name, tags)?;
        if field(columns.creator).is_empty() {
            return Ok(1);
        }
        self.add(parsed(field(columns.creator))?, kinds, field(columns.creator_name), tags)?;
        Ok(2)
    }

    fn own<'f>(
        &mut self,
        columns: &Columns,
        address: Address,
        written: &str,
        field: &impl Fn(Option<usize>) -> &'f str,
    ) -> Result<usize, Slip> {
        let mut kinds = LabelKinds::default();
        for word in written.split('|').map(str::trim).filter(|word| !word.is_empty()) {
            let kind: LabelKind = word.parse().map_err(|unknown| {
                let names: Vec<_> = LabelKind::ALL.iter().map(|kind| kind.name()).collect();
                (format!("{unknown}"), suggest(word, &names))
            })?;
            kinds = kinds.with(kind.into());
        }
        let chain: Option<ChainId> = match field(columns.chain) {
            "*" => None,
            "" => self.file.chain.clone(),
            id => {
                let hint = || "write `eip155:` and a number, or `*` for every EVM chain".to_owned();
                let chain: ChainId = id.parse().map_err(|error: facts::IdError| (error.to_string(), hint()))?;
                chain.evm_number().ok_or_else(|| (format!("`{chain}` is not an EVM chain"), hint()))?;
                Some(chain)
            }
        };
        let date = Some(field(columns.date)).filter(|date| !date.is_empty());
        if let Some(date) = date.filter(|date| !is_date(date)) {
            return Err((format!("`{}` is not a day", one_line(date, 40)), "write `YYYY-MM-DD`".to_owned()));
        }
        let said = field(columns.source);
        let source = if said.is_empty() { self.file.source } else { said };
        let (chain, date) = (chain.as_ref(), date.or(self.file.date));
        self.add_from(Row { address, chain, kinds, name: field(columns.name), tags: "", source, date })?;
        Ok(1)
    }

    fn listed(&mut self, written: &str) -> Result<usize, Slip> {
        if self.file.kinds.is_none_or(LabelKinds::is_empty) {
            let hint = "say what kind of accounts they are: a bare list does not";
            return Err(("nothing is said of this address".to_owned(), hint.to_owned()));
        }
        self.add(parsed(written)?, LabelKinds::default(), "", "")?;
        Ok(1)
    }

    fn array(&mut self, text: &str) -> Result<(), ConfigError> {
        let listed: Vec<String> = serde_json::from_str(text).map_err(|error| self.json(&error))?;
        for written in listed {
            let read = self.listed(&written);
            let text = self.file.text;
            self.rows.row(|| line_of(text, &written), read)?;
        }
        Ok(())
    }

    fn explorer(&mut self, text: &str) -> Result<(), ConfigError> {
        let mut refused = None;
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Explorer { reading: self, refused: &mut refused }.deserialize(&mut json).and_then(|()| json.end());
        match (refused, read) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(self.json(&error)),
            (None, Ok(())) => Ok(()),
        }
    }

    fn json(&self, error: &serde_json::Error) -> ConfigError {
        let told = error.to_string();
        let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
        let mut error_here = self.rows.error(error.line().max(1), format!("not labels: {what}"), FORMS.to_owned());
        error_here.column = error.column().max(1);
        error_here
    }
}

pub(super) const FORMS: &str = "give a CSV with the header `address,chain,kinds,name,source,date`, a list of addresses, or one of \
                     the published forms";

/// The entries of an Etherscan label set, one at a time.
struct Explorer<'r, 'a, 'b> {
    reading: &'r mut Reading<'a, 'b>,
    refused: &'r mut Option<ConfigError>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    name: String,
    #[serde(default)]
    labels: Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Explorer<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Explorer<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("addresses, each with its name and labels")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((written, said)) = map.next_entry::<Cow<'de, str>, Said>()? {
            let kinds = said.labels.iter().fold(LabelKinds::default(), |kinds, tag| kinds.with(kinds_of_tag(tag)));
            let tags = said.labels.join(",");
            let read = parsed(&written).and_then(|address| self.reading.add(address, kinds, said.name.trim(), &tags));
            let text = self.reading.file.text;
            if let Err(error) = self.reading.rows.row(|| line_of(text, &written), read.map(|()| 1)) {
                *self.refused = Some(error);
                return Err(serde::de::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

/// An address as lists write it: any case, but a checksum that is written has to hold.
fn parsed(written: &str) -> Result<Address, Slip> {
    let shown = || one_line(written, 80);
    let form = || (format!("`{}` is not an EVM address", shown()), "write `0x` and 40 hex digits".to_owned());
    let digits = written.strip_prefix("0x").or_else(|| written.strip_prefix("0X")).ok_or_else(form)?;
    let mut bytes = [0; 20];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| form())?;
    let address = Address::from(bytes);
    let (lower, upper) =
        (digits.bytes().any(|byte| byte.is_ascii_lowercase()), digits.bytes().any(|byte| byte.is_ascii_uppercase()));
    if lower && upper && address.to_checksum(None)[2..] != *digits {
        let hint = format!("copy it again from its source: these digits would be written `{address}`");
        return Err((format!("`{}` has a bad checksum", shown()), hint));
    }
    Ok(address)
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<u16>().ok());
    bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() })
        && digits(5..7).is_some_and(|month| (1..=12).contains(&month))
        && digits(8..10).is_some_and(|day| (1..=31).contains(&day))
}
