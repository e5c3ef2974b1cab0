//! Every page of help.

use super::transcript::Transcript;

#[test]
fn program() {
    Transcript::with(&[])
        .run("--help")
        .run("--version")
        .run("")
        .check("help");
}

#[test]
fn convert() {
    Transcript::with(&[])
        .run("convert --help")
        .check("help-convert");
}

#[test]
fn info() {
    Transcript::with(&[]).run("info --help").check("help-info");
}

#[test]
fn analyze() {
    Transcript::with(&[])
        .run("analyze --help")
        .check("help-analyze");
}

#[test]
fn proofs() {
    Transcript::with(&[])
        .run("verify --help")
        .run("digest --help")
        .run("repair --help")
        .check("help-verify");
}

#[test]
fn config() {
    let mut transcript = Transcript::with(&[]);
    transcript
        .run("config --help")
        .run("config show --help")
        .run("config init --help");
    transcript.check("help-config");
}

#[test]
fn short_pages_fit_on_a_screen() {
    let mut transcript = Transcript::with(&[]);
    transcript
        .run("-h")
        .run("convert -h")
        .run("info -h")
        .check("help-short");
}
