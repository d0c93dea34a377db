//! Recordings: every question to a node with its answer, one JSON object a line, gzip. And a line that answers from one.

use std::{
    collections::{HashMap, VecDeque},
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    RpcError,
    line::{Answer, LineError, NodeError, Request},
};

/// A recording may unpack to this many bytes.
const WHOLE_MAX: u64 = 1 << 30;

/// Writes a recording. Nothing of an endpoint's address goes into it.
pub struct Recorder {
    path: PathBuf,
    file: Mutex<Option<GzEncoder<File>>>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    method: String,
    params: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<NodeError>,
}

impl Recorder {
    /// Begins a recording; a file that exists is not overwritten.
    pub fn create(path: &Path) -> Result<Self, RpcError> {
        let file = File::create_new(path).map_err(|error| recording(path, format!("cannot be created: {error}")))?;
        let file = Mutex::new(Some(GzEncoder::new(file, Compression::default())));
        Ok(Self { path: path.to_owned(), file })
    }

    pub(crate) fn write(&self, request: &Request, answer: &Answer) -> Result<(), RpcError> {
        let entry = Entry {
            method: request.method.into(),
            params: request.params.clone(),
            result: answer.as_ref().ok().cloned(),
            error: answer.as_ref().err().cloned(),
        };
        let mut line = serde_json::to_vec(&entry).map_err(|error| recording(&self.path, error.to_string()))?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = file.as_mut() else {
            return Err(recording(&self.path, "is already finished".into()));
        };
        file.write_all(&line).map_err(|error| recording(&self.path, format!("cannot be written: {error}")))
    }

    /// Ends the recording. Without this call its tail may be missing.
    pub fn finish(&self) -> Result<(), RpcError> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(file) = file else { return Ok(()) };
        let flushed = file.finish().and_then(|file| file.sync_all());
        flushed.map_err(|error| recording(&self.path, format!("cannot be written: {error}")))
    }
}

/// Answers from a recording: equal questions get their answers in the recorded order, the last one again and again.
pub(crate) struct Replay {
    path: String,
    answers: Mutex<HashMap<(String, String), VecDeque<Answer>>>,
}

impl Replay {
    pub(crate) fn open(path: &Path) -> Result<Self, RpcError> {
        let file = File::open(path).map_err(|error| recording(path, format!("cannot be read: {error}")))?;
        let mut answers: HashMap<_, VecDeque<_>> = HashMap::new();
        let mut reader = BufReader::new(MultiGzDecoder::new(file).take(WHOLE_MAX));
        let mut line = String::new();
        for number in 1.. {
            line.clear();
            let read = reader.read_line(&mut line);
            if read.map_err(|error| recording(path, format!("line {number}: {error}: record it again")))? == 0 {
                break;
            }
            let entry: Entry = serde_json::from_str(&line)
                .map_err(|error| recording(path, format!("line {number}: {error}: record it again")))?;
            let answer = match (entry.result, entry.error) {
                (_, Some(error)) => Err(error),
                (result, None) => Ok(result.unwrap_or_else(null)),
            };
            answers.entry((entry.method, compact(&entry.params))).or_default().push_back(answer);
        }
        if reader.get_ref().limit() == 0 {
            return Err(recording(path, format!("unpacks to more than {WHOLE_MAX} bytes")));
        }
        Ok(Self { path: path.display().to_string(), answers: Mutex::new(answers) })
    }

    pub(crate) fn exchange(&self, requests: &[Request]) -> Result<Vec<Answer>, LineError> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        requests
            .iter()
            .map(|request| {
                let key = (request.method.to_owned(), compact(&request.params));
                let queue = answers.get_mut(&key);
                let next =
                    queue.and_then(|queue| if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() });
                next.ok_or_else(|| LineError::Recording {
                    path: self.path.clone(),
                    why: format!("holds no answer to `{}` with {}", key.0, crate::error::short(&key.1)),
                })
            })
            .collect()
    }
}

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

/// Parameters without insignificant white space, so that recordings may be edited by hand.
fn compact(params: &RawValue) -> String {
    serde_json::from_str::<serde_json::Value>(params.get())
        .map_or_else(|_| params.get().into(), |value| value.to_string())
}

fn recording(path: &Path, why: String) -> RpcError {
    RpcError::Recording { path: path.display().to_string(), why }
}
