//! Being asked to stop.

/// Waits until somebody asks this process to stop: by Ctrl-C, or where there is such a thing, by a termination signal.
///
/// # Errors
///
/// When the process cannot learn of it.
#[cfg(unix)]
pub(crate) async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

/// Waits until somebody asks this process to stop.
///
/// # Errors
///
/// When the process cannot learn of it.
#[cfg(not(unix))]
pub(crate) async fn asked_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
