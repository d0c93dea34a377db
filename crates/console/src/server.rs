//! The listener: connections with a limit on their number, their head, and their patience.

mod stall;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{AppState, limits::HEAD_BYTES};

/// Why the desk could not open.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener has no address.
    #[error("the console's listener cannot be used: {0}")]
    Listener(#[from] std::io::Error),
}

/// Serves the desk on `listener` until `shutdown`; then takes no new request, lets open ones finish for a while
/// ([`crate::Limits::farewell`]) and returns. Live streams end at once: their clients resume elsewhere by id.
///
/// # Errors
/// If the listener cannot be used. A connection that fails is logged and costs the others nothing.
pub async fn serve(listener: TcpListener, desk: AppState, shutdown: CancellationToken) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    warn_if_open(address);
    let limits = desk.limits().clone();
    let service = crate::router(desk, shutdown.clone());
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut open = JoinSet::new();
    tracing::info!(%address, "the console listens");

    loop {
        // A place first: with none free, newcomers wait in the kernel's queue, which has its own limit.
        let place = tokio::select! {
            () = shutdown.cancelled() => break,
            place = places.clone().acquire_owned() => match place {
                Ok(place) => place,
                Err(_closed) => break,
            },
        };
        let stream = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file handles, most likely: trying again at once would only burn time.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        while open.try_join_next().is_some() {}
        let connection = connection(stream, &service, &limits, &graceful);
        open.spawn(async move {
            connection.await;
            drop(place);
        });
    }

    drop(listener);
    let farewell = async {
        graceful.shutdown().await;
        while open.join_next().await.is_some() {}
    };
    if tokio::time::timeout(limits.farewell, farewell).await.is_err() {
        tracing::warn!(open = open.len(), "connections were cut off when the console closed");
        open.shutdown().await;
    }
    Ok(())
}

fn connection(
    stream: TcpStream,
    service: &Router,
    limits: &crate::Limits,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + use<> {
    let io = TokioIo::new(stall::Impatient::new(stream, limits.stall));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(io, TowerToHyperService::new(service.clone()));
    let connection = graceful.watch(connection);
    async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

fn warn_if_open(address: SocketAddr) {
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "the console is open beyond this machine; put TLS in front of it");
    }
}
