//! The loupe: revm's own EVM, watched at its frame boundaries.

use facts::Bytes;
use revm::{
    Context, Database, MainContext,
    context::{BlockEnv, CfgEnv, ContextTr, Evm, FrameStack, Journal, JournalTr, LocalContextTr, TxEnv},
    context_interface::context::ContextError,
    database_interface::EmptyDB,
    handler::{
        EthFrame, EthPrecompiles, EvmTr, FrameInitOrResult, FrameResult, FrameTr, ItemOrResult, evm::FrameInitResult,
        instructions::EthInstructions,
    },
    interpreter::{CallInput, FrameInput, interpreter::EthInterpreter, interpreter_action::FrameInit},
};

use crate::{instructions::watched, recorder::Recorder};

/// What a state has to be for revm to run on it.
pub(crate) trait Db: Database {}
impl<DB: Database> Db for DB {}

pub(crate) type Ctx<DB> = Context<BlockEnv, TxEnv, CfgEnv, DB, Journal<DB>, Recorder>;

type Inner<DB> = Evm<Ctx<DB>, (), EthInstructions<EthInterpreter, Ctx<DB>>, EthPrecompiles, EthFrame<EthInterpreter>>;

/// revm's EVM with a recorder at its frame boundaries.
pub(crate) struct Loupe<DB: Db> {
    inner: Inner<DB>,
}

impl<DB: Db> Loupe<DB> {
    /// An EVM for one block on `db`.
    pub(crate) fn new(db: DB, cfg: CfgEnv, block: BlockEnv) -> Self {
        let spec = cfg.spec;
        let mut ctx = Context::<BlockEnv, TxEnv, CfgEnv, EmptyDB, Journal<EmptyDB>, ()>::mainnet()
            .with_db(db)
            .with_cfg(cfg)
            .with_block(block)
            .with_chain(Recorder::default());
        ctx.journaled_state.set_spec_id(spec);
        Self { inner: Evm::new(ctx, watched(spec), EthPrecompiles::new(spec)) }
    }

    pub(crate) fn ctx(&mut self) -> &mut Ctx<DB> {
        &mut self.inner.ctx
    }
}

impl<DB: Db> EvmTr for Loupe<DB> {
    type Context = Ctx<DB>;
    type Instructions = EthInstructions<EthInterpreter, Ctx<DB>>;
    type Precompiles = EthPrecompiles;
    type Frame = EthFrame<EthInterpreter>;

    #[inline]
    fn all(&self) -> (&Self::Context, &Self::Instructions, &Self::Precompiles, &FrameStack<Self::Frame>) {
        self.inner.all()
    }

    #[inline]
    fn all_mut(
        &mut self,
    ) -> (&mut Self::Context, &mut Self::Instructions, &mut Self::Precompiles, &mut FrameStack<Self::Frame>) {
        self.inner.all_mut()
    }

    #[inline]
    fn frame_init(&mut self, frame: FrameInit) -> Result<FrameInitResult<'_, Self::Frame>, ContextError<DB::Error>> {
        open(&mut self.inner.ctx, &frame);
        match self.inner.frame_init(frame)? {
            ItemOrResult::Item(started) => {
                if let revm::handler::FrameData::Create(create) = &started.data {
                    let address = create.created_address;
                    self.inner.ctx.chain.created(address);
                }
                Ok(ItemOrResult::Item(self.inner.frame_stack.get()))
            }
            ItemOrResult::Result(result) => {
                close(&mut self.inner.ctx, &result);
                Ok(ItemOrResult::Result(result))
            }
        }
    }

    #[inline]
    fn frame_run(&mut self) -> Result<FrameInitOrResult<Self::Frame>, ContextError<DB::Error>> {
        let next = self.inner.frame_run()?;
        if let ItemOrResult::Result(result) = &next {
            close(&mut self.inner.ctx, result);
        }
        Ok(next)
    }

    #[inline]
    fn frame_return_result(
        &mut self,
        result: <Self::Frame as FrameTr>::FrameResult,
    ) -> Result<Option<FrameResult>, ContextError<DB::Error>> {
        self.inner.frame_return_result(result)
    }
}

/// Writes down that a frame begins. Shared call data is copied now: the child may overwrite it.
#[inline]
fn open<DB: Db>(ctx: &mut Ctx<DB>, frame: &FrameInit) {
    match &frame.frame_input {
        FrameInput::Call(inputs) => {
            let (input, clipped) = match &inputs.input {
                CallInput::Bytes(bytes) => ctx.chain.keep(bytes),
                CallInput::SharedBuffer(range) => {
                    let len = ctx.chain.reserve(range.len());
                    let kept = range.start..range.start + len;
                    let bytes =
                        ctx.local().shared_memory_buffer_slice(kept).map(|slice| Bytes::copy_from_slice(&slice));
                    (bytes.unwrap_or_default(), len < range.len())
                }
            };
            ctx.chain.open_call(inputs, input, clipped, frame.depth);
        }
        FrameInput::Create(inputs) => ctx.chain.open_create(inputs, frame.depth),
        FrameInput::Empty => {}
    }
}

/// Writes down that a frame ended. The code that a creation put down has just been hashed by revm.
#[inline]
fn close<DB: Db>(ctx: &mut Ctx<DB>, result: &FrameResult) {
    let created = match result {
        FrameResult::Create(outcome) if outcome.result.is_ok() => outcome.address,
        _ => None,
    };
    let account = created.and_then(|address| ctx.journaled_state.evm_state().get(&address));
    let code_hash = account.map(|account| account.info.code_hash);
    ctx.chain.close(result, code_hash);
}
