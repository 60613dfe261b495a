//! The server as one meets it: a child process, asked over its socket.

mod fixture;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use fixture::Fixture;

/// Long enough for a loaded machine; nothing here takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(60);

const FIRST: &str = "# First\n\nThe first words.\n\n```rust\n{{#include ../../code.rs}}\n```\n";
const SECOND: &str = "# Second\n\nMore words.\n";

fn small_book() -> Fixture {
    let fixture = Fixture::new(&["first.md", "second.md"], &[("first.md", FIRST), ("second.md", SECOND)]);
    fixture.write("code.rs", "fn first_code() {}\n");
    fixture
}

fn workshop(fixture: &Fixture, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workshop"));
    command.args(["serve", "--no-open", "--port", &port.to_string(), "--book"]).arg(fixture.book());
    command
}

struct Server {
    child: Child,
    /// What it printed before and with its address.
    printed: Vec<String>,
    url: String,
    /// What it says on standard error.
    complaints: Receiver<String>,
}

impl Server {
    fn start(fixture: &Fixture, port: u16) -> Server {
        let mut command = workshop(fixture, port);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the workshop starts");
        let lines = read_lines(child.stdout.take().expect("it is piped"));
        let complaints = read_lines(child.stderr.take().expect("it is piped"));
        let mut server = Server { child, printed: Vec::new(), url: String::new(), complaints };
        while server.url.is_empty() {
            let Ok(line) = lines.recv_timeout(PATIENCE) else {
                panic!("no URL: {:?}, then {:?}", server.printed, server.complaints.try_iter().collect::<Vec<_>>());
            };
            if line.starts_with("http://") {
                server.url.clone_from(&line);
            }
            server.printed.push(line);
        }
        server
    }

    fn address(&self) -> SocketAddr {
        let address = self.url.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
        address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("what a URL is {}", self.url))
    }

    /// The status, the headers in lower case, and the body. The path is sent as it is.
    fn ask(&self, method: &str, path: &str) -> (u16, String, String) {
        let mut connection = TcpStream::connect(self.address()).expect("it listens");
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(connection, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).expect("it answers and closes");
        let answer = String::from_utf8_lossy(&answer);
        let (headers, body) = answer.split_once("\r\n\r\n").expect("there are headers");
        let status = headers.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("there is a status");
        (status, headers.to_lowercase(), body.to_owned())
    }

    /// Asks for a page until its text contains `text`.
    fn wait_for(&self, path: &str, text: &str) {
        let started = Instant::now();
        while !self.ask("GET", path).2.contains(text) {
            assert!(started.elapsed() < PATIENCE, "{path} never said {text:?}: {}", self.ask("GET", path).2);
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Killed, it leaves its pages behind.
        let target = Path::new(env!("CARGO_BIN_EXE_workshop")).ancestors().nth(2).expect("target/debug/workshop");
        let _ = fs::remove_dir_all(target.join("workshop").join(format!("book-{}", self.address().port())));
    }
}

fn read_lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

#[test]
fn pages_come_with_their_types_and_what_is_not_there_is_a_404_page() {
    let fixture = small_book();
    fixture.write("book/src/picture.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    fixture.write("book/src/data.json", "{}");
    let server = Server::start(&fixture, 0);

    let (status, headers, body) = server.ask("GET", "/");
    assert_eq!(status, 200);
    assert!(headers.contains("content-type: text/html"), "{headers}");
    assert!(body.contains("The first words.") && body.contains("first_code"), "{body}");
    assert_eq!(body.matches("/-/workshop/reload.js").count(), 1);

    for (path, kind) in [
        ("/second.html", "text/html"),
        ("/second.html?highlight=words", "text/html"),
        ("/picture.svg", "image/svg+xml"),
        ("/data.json", "application/json"),
        ("/-/workshop/reload.js", "text/javascript"),
        ("/-/workshop/state.json", "application/json"),
    ] {
        let (status, headers, body) = server.ask("GET", path);
        assert_eq!(status, 200, "{path}");
        assert!(headers.contains(&format!("content-type: {kind}")), "{path}: {headers}");
        assert!(headers.contains("cache-control: no-store"), "{path}: {headers}");
        let (status, head, nothing) = server.ask("HEAD", path);
        assert_eq!((status, nothing.as_str()), (200, ""), "{path}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{path}: {head}");
    }

    let (status, headers, body) = server.ask("GET", "/nowhere.html");
    assert_eq!(status, 404);
    assert!(headers.contains("content-type: text/html"), "{headers}");
    assert!(body.contains("Document not found"), "{body}");
    assert_eq!(server.ask("HEAD", "/nowhere.html").0, 404);
    assert_eq!(server.ask("POST", "/").0, 405);
}

#[test]
fn no_path_leads_out_of_the_pages() {
    let fixture = small_book();
    let server = Server::start(&fixture, 0);
    // The pages are in one of two sibling folders, so that these would be pages if the dots were followed.
    for folder in ["a", "b"] {
        for path in [
            format!("/../{folder}/index.html"),
            format!("/%2e%2e/{folder}/index.html"),
            format!("/..%2f{folder}/index.html"),
            format!("/..%5c{folder}%5cindex.html"),
            format!("/second.html/../../{folder}/index.html"),
            format!("/css/../../{folder}/index.html"),
        ] {
            let (status, _, body) = server.ask("GET", &path);
            assert!((400..500).contains(&status), "{path}: {status}");
            assert!(!body.contains("The first words."), "{path}");
        }
    }
    for path in ["//etc/hostname", "/%2fetc%2fhostname", "/C:/Windows/win.ini", "/%00"] {
        assert!((400..500).contains(&server.ask("GET", path).0), "{path}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn only_loopback_is_listened_on() {
    let fixture = small_book();
    let server = Server::start(&fixture, 0);
    assert_eq!(server.address().ip(), Ipv4Addr::LOCALHOST);
    // Linux routes the whole of 127/8 to this machine: a listener on every address would answer here.
    assert!(TcpStream::connect((Ipv4Addr::new(127, 0, 0, 2), server.address().port())).is_err());
}

#[test]
fn a_change_is_built_and_a_mistake_leaves_the_last_good_build() {
    let fixture = small_book();
    let server = Server::start(&fixture, 0);
    let (_, _, before) = server.ask("GET", "/-/workshop/state.json");

    fixture.write("book/src/second.md", "# Second\n\nOther words.\n");
    server.wait_for("/second.html", "Other words.");
    let (_, _, after) = server.ask("GET", "/-/workshop/state.json");
    assert_ne!(before, after, "open pages must learn of it");

    // A file outside of the book, which a chapter includes.
    fixture.write("code.rs", "fn second_code() {}\n");
    server.wait_for("/first.html", "second_code");

    fixture.write("book/src/second.md", "# Second\n\nBroken words.\n\n{{#include nowhere.md}}\n");
    server.wait_for("/-/workshop/state.json", "nowhere.md");
    let (status, _, body) = server.ask("GET", "/second.html");
    assert!(status == 200 && body.contains("Other words."), "{status}: {body}");
    let complaints: Vec<String> = server.complaints.try_iter().collect();
    for expected in ["second.md:5: {{#include nowhere.md}}: cannot read the file", "Still served: the last good build."]
    {
        assert!(complaints.iter().any(|line| line.contains(expected)), "{complaints:#?} lacks {expected:?}");
    }

    fixture.write("book/src/SUMMARY.md", "# Summary\n\n- [x](gone.md)\n");
    server.wait_for("/-/workshop/state.json", "gone.md");
    assert!(server.ask("GET", "/second.html").2.contains("Other words."));

    fixture.write("book/src/SUMMARY.md", "# Summary\n\n- [first](first.md)\n- [second](second.md)\n");
    fixture.write("book/src/second.md", "# Second\n\nMended words.\n");
    server.wait_for("/second.html", "Mended words.");
    server.wait_for("/-/workshop/state.json", "\"problem\":null");
}

#[test]
fn when_the_port_is_taken_the_next_free_one_serves() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let fixture = small_book();
    let server = Server::start(&fixture, port);
    assert!(server.address().port() > port, "{}", server.url);
    assert_eq!(server.ask("GET", "/").0, 200);
}

#[test]
fn the_course_map_comes_before_the_url() {
    let fixture = small_book();
    let server = Server::start(&fixture, 0);
    let printed = server.printed.join("\n");
    for step in workshop::course::STEPS {
        assert!(printed.contains(step.title) && printed.contains(&step.command()), "{printed}");
    }
    assert!(!printed.contains('\u{1b}'), "colours are for terminals: {printed:?}");
    assert!(server.printed.iter().all(|line| line.chars().count() <= 80), "{printed}");
}

#[test]
fn mistakes_at_the_start_are_told_and_what_could_be_built_is_served() {
    let fixture = small_book();
    fixture.write("code.rs", "");
    let server = Server::start(&fixture, 0);
    assert!(server.ask("GET", "/").2.contains("The first words."));
    assert!(server.ask("GET", "/-/workshop/state.json").2.contains("code.rs"));
    let complaints: Vec<String> = server.complaints.try_iter().collect();
    assert!(complaints.iter().any(|line| line.contains("first.md:6: {{#include ../../code.rs}}")), "{complaints:#?}");
}

#[test]
fn a_folder_without_a_book_is_an_error() {
    let fixture = small_book();
    fs::remove_file(fixture.book().join("book.toml")).unwrap();
    let Output { status, stderr, stdout } = workshop(&fixture, 0).output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error: the book cannot be built") && stderr.contains("book.toml"), "{stderr}");
    assert_eq!(stdout, b"");
}

#[test]
#[cfg(unix)]
fn an_interrupt_is_a_clean_end() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::INT, Signal::TERM] {
        let fixture = small_book();
        let mut server = Server::start(&fixture, 0);
        assert_eq!(server.ask("GET", "/").0, 200);
        let pid = Pid::from_child(&server.child);
        kill_process(pid, signal).unwrap();
        let status: ExitStatus = server.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{status}");
        assert_eq!(server.complaints.iter().collect::<Vec<_>>(), [""; 0]);
    }
}
