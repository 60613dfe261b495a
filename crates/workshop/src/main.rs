use std::process::ExitCode;

fn main() -> ExitCode {
    workshop::run()
}
