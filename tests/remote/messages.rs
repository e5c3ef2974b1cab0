//! What is said when a server cannot be used, word for word.

use super::server::{NOBODY, SECRET, Server, through};
use super::web::Web;
use crate::cli::transcript::Transcript;

/// The body with which S3 refuses.
macro_rules! refusal {
    ($code:literal, $message:literal) => {
        concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>",
            $code,
            "</Code><Message>",
            $message,
            "</Message><AWSAccessKeyId>AKIDSECRET</AWSAccessKeyId><RequestId>4442587FB7D0A2F9</RequestId></Error>"
        )
    };
}

fn transcript(port: u16) -> Transcript {
    let mut transcript = Transcript::with(&["wind.nc"]);
    for (name, value) in [
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
        ("AWS_ACCESS_KEY_ID", "AKIDSECRET".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ("AWS_SESSION_TOKEN", format!("token-{SECRET}")),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_CONFIG_FILE", "/nonexistent".to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent".to_owned()),
        ("NO_PROXY", "127.0.0.1".to_owned()),
        ("ZARRIO_REMOTE_RETRIES", "0".to_owned()),
    ] {
        transcript.quietly_set(name, &value);
    }
    transcript
}

/// Every way to a server: an archive to look at, to write to and to make, and a file to read.
fn say(transcript: &mut Transcript, title: &str) {
    transcript.say(title);
    for line in [
        "status s3://bucket/a.zarr",
        "write-region wind.nc s3://bucket/a.zarr",
        "convert wind.nc s3://bucket/new.zarr",
        "info s3://bucket/wind.nc",
        "ingest 's3://bucket/*.nc' out.zarr",
    ] {
        transcript.run(line);
    }
    // Whatever is said, and however much: no secret.
    let before = transcript.text().to_owned();
    for line in [
        "status s3://bucket/a.zarr -vv",
        "convert wind.nc s3://bucket/new.zarr -vv",
        "convert s3://bucket/wind.nc out.zarr -vv --storage-option secret_access_key=tops3cretkey",
    ] {
        transcript.run(line);
    }
    let said = transcript
        .text()
        .replace("secret_access_key=tops3cretkey", "");
    for secret in [SECRET, "AKIDSECRET"] {
        assert!(!said.contains(secret), "{said}");
    }
    transcript.back_to(&before);
}

#[test]
fn what_keeps_from_a_server_is_said_with_what_to_do() {
    let Some(server) = Server::start() else {
        return;
    };
    let refusals = [
        (
            "403 Forbidden",
            refusal!(
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records."
            ),
            "a wrong key",
        ),
        (
            "403 Forbidden",
            refusal!(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided."
            ),
            "a wrong secret",
        ),
        (
            "400 Bad Request",
            refusal!("ExpiredToken", "The provided token has expired."),
            "an expired token",
        ),
    ];
    let mut all = Transcript::with(&[]);
    for (status, body, title) in refusals {
        let web = Web::refusing(status, body);
        let mut transcript = transcript(web.port);
        say(&mut transcript, title);
        all.add(&transcript, web.port);
    }
    // This bucket is not there.
    let mut absent = transcript(server.port);
    say(&mut absent, "no such bucket");
    all.add(&absent, server.port);
    let mut away = transcript(NOBODY);
    say(&mut away, "nobody there");
    all.add(&away, NOBODY);
    all.check("error-remote");
}

/// What cannot be listed is an input that cannot be read.
#[test]
fn servers_that_do_not_list_give_no_inputs() {
    let web = Web::refusing("501 Not Implemented", "");
    let mut command = through(web.port);
    let pattern = format!("http://127.0.0.1:{}/*.nc", web.port);
    let output = command
        .args(["ingest", &pattern, "out.zarr"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("cannot list it"), "{said}");
}
