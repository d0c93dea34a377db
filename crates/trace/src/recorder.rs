//! What is written down while a transaction runs. It sits in revm's `chain` slot, within reach of every hook.

use facts::{
    Address, Asset, B256, Bytes, Code, Flow, FlowKind, Frame, FrameKind, FrameStatus, MappingKey, Read, U256, Write,
};
use revm::{
    handler::FrameResult,
    interpreter::{CallInputs, CallScheme, CallValue, CreateInputs, CreateScheme, InstructionResult},
};

use crate::memo::Memo;

/// Call data or return data kept of one frame. Contracts may pass the same megabyte along at no cost, again and again.
const BYTES_PER_FRAME_MAX: usize = 32 * 1024;
/// Call data and return data kept of one transaction.
const BYTES_PER_TX_MAX: usize = 16 * 1024 * 1024;

/// Records one transaction.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    /// The next position in the transaction's order of events.
    clock: u32,
    /// Frames that have begun and not ended, outermost first.
    open: Vec<Open>,
    /// Bytes of call data and return data that may still be kept.
    room: usize,
    pub(crate) frames: Vec<Frame>,
    /// For each log of the journal, the frame that wrote it and its position.
    pub(crate) log_marks: Vec<(u32, u32)>,
    pub(crate) writes: Vec<Write>,
    pub(crate) reads: Vec<Read>,
    pub(crate) idle_writes: Vec<Read>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) keys: Vec<MappingKey>,
    pub(crate) codes: Vec<Code>,
    memo: Memo,
}

/// A frame that has begun: its index, and how long every list was then, because a failure takes back what it did.
#[derive(Debug)]
struct Open {
    frame: u32,
    log_marks: usize,
    writes: usize,
    reads: usize,
    idle_writes: usize,
    flows: usize,
    codes: usize,
}

impl Recorder {
    /// Forgets the last transaction. Lists that were handed over have to be allocated again; the rest is kept.
    pub(crate) fn reset(&mut self) {
        self.clock = 0;
        self.room = BYTES_PER_TX_MAX;
        self.open.clear();
        self.frames.clear();
        self.log_marks.clear();
        self.writes.clear();
        self.reads.clear();
        self.idle_writes.clear();
        self.flows.clear();
        self.keys.clear();
        self.codes.clear();
        self.memo.turn();
    }

    /// The next position in the order of events.
    #[inline]
    pub(crate) fn tick(&mut self) -> u32 {
        let at = self.clock;
        self.clock += 1;
        at
    }

    /// The innermost frame that has begun and not ended.
    #[inline]
    pub(crate) fn current(&self) -> u32 {
        self.open.last().map_or(0, |open| open.frame)
    }

    /// The innermost frame's code looked at who called it.
    #[inline]
    pub(crate) fn asked_caller(&mut self) {
        if let Some(frame) = self.open.last().and_then(|open| self.frames.get_mut(open.frame as usize)) {
            frame.asks_caller = true;
        }
    }

    /// The innermost frame's code looked at who sent the transaction.
    #[inline]
    pub(crate) fn asked_origin(&mut self) {
        if let Some(frame) = self.open.last().and_then(|open| self.frames.get_mut(open.frame as usize)) {
            frame.asks_origin = true;
        }
    }

    pub(crate) fn open_call(&mut self, inputs: &CallInputs, input: Bytes, input_is_clipped: bool, depth: usize) {
        let kind = match inputs.scheme {
            CallScheme::Call => FrameKind::Call,
            CallScheme::CallCode => FrameKind::CallCode,
            CallScheme::DelegateCall => FrameKind::DelegateCall,
            CallScheme::StaticCall => FrameKind::StaticCall,
        };
        let value = match inputs.value {
            CallValue::Transfer(value) => value,
            CallValue::Apparent(_) => U256::ZERO,
        };
        let frame = self.begin(kind, depth, inputs.caller, inputs.gas_limit, value, input);
        frame.target = inputs.target_address;
        frame.code = inputs.bytecode_address;
        frame.clipped = input_is_clipped;
        self.carry();
    }

    pub(crate) fn open_create(&mut self, inputs: &CreateInputs, depth: usize) {
        let kind = match inputs.scheme() {
            CreateScheme::Create2 { .. } => FrameKind::Create2,
            CreateScheme::Create | CreateScheme::Custom { .. } => FrameKind::Create,
        };
        let (input, clipped) = self.keep(inputs.init_code());
        self.begin(kind, depth, inputs.caller(), inputs.gas_limit(), inputs.value(), input).clipped = clipped;
        self.carry();
    }

    /// The address of a creation, known once revm has made the frame.
    pub(crate) fn created(&mut self, address: Address) {
        let at = self.current() as usize;
        if let Some(frame) = self.frames.get_mut(at) {
            frame.target = address;
            frame.code = address;
        }
        // The flow was recorded when the frame began, before its recipient was known.
        if let Some(flow) = self.flows.last_mut().filter(|flow| flow.frame as usize == at) {
            flow.to = address;
        }
    }

    fn begin(
        &mut self,
        kind: FrameKind,
        depth: usize,
        caller: Address,
        gas: u64,
        value: U256,
        input: Bytes,
    ) -> &mut Frame {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a frame costs gas; four billion of them do not fit a block"
        )]
        let index = self.frames.len() as u32;
        let parent = self.open.last().map(|open| open.frame);
        let open = self.tick();
        self.open.push(Open {
            frame: index,
            log_marks: self.log_marks.len(),
            writes: self.writes.len(),
            reads: self.reads.len(),
            idle_writes: self.idle_writes.len(),
            flows: self.flows.len(),
            codes: self.codes.len(),
        });
        self.frames.push_mut(Frame {
            parent,
            end: 0,
            depth: u16::try_from(depth).unwrap_or(u16::MAX),
            kind,
            caller,
            target: Address::ZERO,
            code: Address::ZERO,
            value,
            input,
            output: Bytes::new(),
            clipped: false,
            gas_limit: gas,
            gas_used: 0,
            status: FrameStatus::Success,
            effective: true,
            asks_caller: false,
            asks_origin: false,
            open,
            close: 0,
        })
    }

    /// The native value that the frame just begun carries.
    fn carry(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        if !frame.value.is_zero() && frame.kind != FrameKind::CallCode && frame.caller != frame.target {
            self.flows.push(Flow {
                asset: Asset::Native,
                from: frame.caller,
                to: frame.target,
                amount: frame.value,
                kind: FlowKind::Call,
                frame: self.current(),
                at: frame.open,
            });
        }
    }

    /// Ends the innermost frame; `code_hash` is that of the code that a creation put down. What a failed frame did is
    /// taken back, as the chain does.
    pub(crate) fn close(&mut self, result: &FrameResult, code_hash: Option<B256>) {
        let Some(open) = self.open.pop() else { return };
        let at = self.tick();
        let interpreter = result.interpreter_result();
        let status = status_of(interpreter.result);
        let (output, clipped) = self.keep(&interpreter.output);
        #[expect(clippy::cast_possible_truncation, reason = "as in `push`")]
        let end = self.frames.len() as u32;
        let frame = &mut self.frames[open.frame as usize];
        frame.end = end;
        frame.close = at;
        frame.status = status;
        frame.output = output;
        frame.clipped |= clipped;
        let is_create = matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
        frame.gas_used = match status {
            FrameStatus::OutOfGas | FrameStatus::Fault => frame.gas_limit,
            FrameStatus::Refused => 0,
            FrameStatus::Success | FrameStatus::Revert => frame.gas_limit.saturating_sub(interpreter.gas.remaining()),
        };
        if status == FrameStatus::Success {
            if let Some(hash) = code_hash {
                self.codes.push(Code {
                    address: frame.target,
                    creator: frame.caller,
                    hash,
                    size: u32::try_from(interpreter.output.len()).unwrap_or(u32::MAX),
                    frame: open.frame,
                });
            }
            return;
        }
        self.log_marks.truncate(open.log_marks);
        self.writes.truncate(open.writes);
        self.reads.truncate(open.reads);
        self.idle_writes.truncate(open.idle_writes);
        self.flows.truncate(open.flows);
        self.codes.truncate(open.codes);
        if is_create {
            self.frames[open.frame as usize].target = Address::ZERO;
        }
    }

    /// The hash of two words, which is where slots of mappings come from.
    #[inline]
    pub(crate) fn hash(&mut self, words: [B256; 2]) -> B256 {
        let (key, is_again) = self.memo.key(words);
        if !is_again {
            self.keys.push(key.clone());
        }
        key.hash
    }

    /// As much of `bytes` as there is room for, and whether that is less than all.
    pub(crate) fn keep(&mut self, bytes: &Bytes) -> (Bytes, bool) {
        let len = self.reserve(bytes.len());
        if len == bytes.len() { (bytes.clone(), false) } else { (Bytes::copy_from_slice(&bytes[..len]), true) }
    }

    /// How many of `len` bytes may be kept; they are counted as kept.
    pub(crate) fn reserve(&mut self, len: usize) -> usize {
        let kept = len.min(BYTES_PER_FRAME_MAX).min(self.room);
        self.room -= kept;
        kept
    }

    /// Marks every frame that failed, or stands inside one that did, as without effect.
    pub(crate) fn settle(&mut self) {
        for index in 0..self.frames.len() {
            let parent_lasts = match self.frames[index].parent {
                Some(parent) => self.frames[parent as usize].effective,
                None => true,
            };
            let frame = &mut self.frames[index];
            frame.effective = parent_lasts && frame.status == FrameStatus::Success;
        }
    }
}

/// The status that a responder sees for revm's result.
fn status_of(result: InstructionResult) -> FrameStatus {
    use InstructionResult as R;
    match result {
        R::Stop | R::Return | R::SelfDestruct | R::Suspend => FrameStatus::Success,
        R::Revert => FrameStatus::Revert,
        R::CallTooDeep | R::OutOfFunds | R::OverflowPayment | R::NonceOverflow => FrameStatus::Refused,
        R::OutOfGas
        | R::MemoryOOG
        | R::MemoryLimitOOG
        | R::PrecompileOOG
        | R::InvalidOperandOOG
        | R::ReentrancySentryOOG => FrameStatus::OutOfGas,
        _ => FrameStatus::Fault,
    }
}
