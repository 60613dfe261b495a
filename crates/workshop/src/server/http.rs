//! The requests: the pages of the last good build, and the state that the pages ask for.

use std::net::TcpListener;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::watch;
use tower_http::services::ServeDir;

use super::{Site, reload};
use crate::interrupt::asked_to_stop;

/// Serves the site until the process is asked to stop: by Ctrl-C, or where there is such a thing, by a termination
/// signal.
///
/// # Errors
///
/// When the socket cannot be used, or the process cannot learn of Ctrl-C.
pub(crate) fn serve(listener: TcpListener, site: watch::Receiver<Site>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let routes = Router::new()
            .route(reload::SCRIPT_PATH, get(script))
            .route(reload::STATE_PATH, get(state))
            .fallback(page)
            .with_state(site);
        tokio::select! {
            served = axum::serve(listener, routes) => Ok(served?),
            stopped = asked_to_stop() => Ok(stopped?),
        }
    })
}

async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-store")], reload::SCRIPT)
}

async fn state(State(site): State<watch::Receiver<Site>>) -> impl IntoResponse {
    let json = {
        let site = site.borrow();
        serde_json::json!({ "build": site.build, "problem": site.problem }).to_string()
    };
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], json)
}

async fn page(State(site): State<watch::Receiver<Site>>, request: Request) -> Response {
    let pages = site.borrow().pages.clone();
    let head = request.method() == Method::HEAD;
    // Refuses everything that does not stay inside the folder.
    let mut response = match ServeDir::new(&pages).try_call(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    };
    if response.status() == StatusCode::NOT_FOUND {
        // Read like any other page, so that it has a type and a length.
        let request = Request::builder().method(if head { Method::HEAD } else { Method::GET }).uri("/404.html");
        let request = request.body(Body::empty()).expect("the parts of the request are constants");
        if let Ok(page) = ServeDir::new(&pages).try_call(request).await
            && page.status() == StatusCode::OK
        {
            response = page.map(Body::new);
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
    }
    // A page may change twice in a second, which is as exact as a `Last-Modified` gets.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
