//! Where an endpoint is, without ever telling its secrets.

use std::{fmt, path::PathBuf};

use url::Url;

use crate::RpcError;

/// The address of an endpoint.
///
/// Providers put API keys into user, path and query of a URL. `Display` and `Debug` show scheme, host and port only.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Location {
    Http(Url),
    Ws(Url),
    Ipc(PathBuf),
    Recording(PathBuf),
}

impl Location {
    /// Reads `http(s)://`, `ws(s)://`, `ipc:PATH`, `recording:PATH`, or a plain path to an IPC socket.
    pub(crate) fn parse(text: &str) -> Result<Self, RpcError> {
        if let Some(path) = text.strip_prefix("ipc:") {
            return Ok(Location::Ipc(path.trim_start_matches("//").into()));
        }
        if let Some(path) = text.strip_prefix("recording:") {
            return Ok(Location::Recording(path.into()));
        }
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(Location::Ipc(text.into()));
        };
        let bad = |why: String| RpcError::Config { endpoint: format!("{}://…", crate::error::short(scheme)), why };
        let url = Url::parse(text).map_err(|error| bad(format!("not a URL: {error}")))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(bad("the URL names no host".into()));
        }
        match url.scheme() {
            "http" | "https" => Ok(Location::Http(url)),
            "ws" | "wss" => Ok(Location::Ws(url)),
            _ => Err(bad("the scheme is unknown: use http, https, ws, wss or ipc".into())),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Http(url) | Location::Ws(url) => {
                write!(f, "{}://{}", url.scheme(), url.host_str().unwrap_or_default())?;
                if let Some(port) = url.port() {
                    write!(f, ":{port}")?;
                }
                let bare = matches!(url.path(), "" | "/")
                    && url.query().is_none()
                    && url.username().is_empty()
                    && url.password().is_none();
                f.write_str(if bare { "" } else { "/…" })
            }
            Location::Ipc(path) => write!(f, "ipc:{}", file_name(path)),
            Location::Recording(path) => write!(f, "recording:{}", file_name(path)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(url: &str, shown: Expect) {
        let text = match Location::parse(url) {
            Ok(location) => format!("{location} {location:?}"),
            Err(error) => error.to_string(),
        };
        assert!(!text.contains("SECRET"), "{text}");
        shown.assert_eq(&text);
    }

    #[test]
    fn secrets_in_addresses_are_never_shown() {
        check(
            "https://me:SECRET@node.example/v3/SECRET?key=SECRET",
            expect!["https://node.example/… https://node.example/…"],
        );
        check("wss://node.example:8546/SECRET", expect!["wss://node.example:8546/… wss://node.example:8546/…"]);
        check("http://127.0.0.1:8545", expect!["http://127.0.0.1:8545 http://127.0.0.1:8545"]);
        check("http://[::1]:8545/", expect!["http://[::1]:8545 http://[::1]:8545"]);
        check("ipc:/run/SECRET/geth.ipc", expect!["ipc:geth.ipc ipc:geth.ipc"]);
        check("/run/geth.ipc", expect!["ipc:geth.ipc ipc:geth.ipc"]);
        check(
            "ftp://u:SECRET@node/SECRET",
            expect!["endpoint `ftp://…`: the scheme is unknown: use http, https, ws, wss or ipc"],
        );
        check("http://:SECRET/x", expect!["endpoint `http://…`: not a URL: empty host"]);
    }
}
