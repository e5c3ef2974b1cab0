//! The `zarrio` program: see the crate `zarrio-cli`.

fn main() -> std::process::ExitCode {
    zarrio_cli::main()
}
