//! Indexed jobs of Kubernetes.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::Work;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::render::figures::count;

/// So many times a task is started again that was killed or had temporary trouble.
const RETRIES: u32 = 3;

/// Gives the manifest to the cluster, or prints it.
///
/// # Errors
/// When something is asked for that such a job does not have, or the cluster does not take it.
pub(super) fn submit(work: &Work<'_>, context: &Context) -> Result<(), Failure> {
    let manifest = manifest(work)?;
    if work.args.dry_run {
        return output::print_json(&manifest);
    }
    let said = create(&manifest)?;
    output::print(&format!("{said}\n"))?;
    let plan = work.args.plan.display();
    context.talk.result(&format!(
        "submitted {}\n  watch: kubectl get {said}\n  then:  zarrio finalize {plan} --task-count {}",
        count(work.count, "task"),
        work.count
    ));
    Ok(())
}

/// Creates the job; gives its name.
fn create(manifest: &Value) -> Result<String, Failure> {
    let hint = "print the manifest with --dry-run, and give it to 'kubectl create -f -'";
    let failed = |error: io::Error| {
        let what = match error.kind() {
            io::ErrorKind::NotFound => "there is no kubectl here",
            _ => "kubectl cannot be used",
        };
        let error = anyhow::Error::new(error).context(what);
        Failure::new(Exit::Failed, error, Some(hint.to_owned()))
    };
    let mut child = Command::new("kubectl")
        .args(["create", "--output=name", "--filename=-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let written = match child.stdin.take() {
        Some(mut input) => input.write_all(manifest.to_string().as_bytes()),
        None => Ok(()),
    };
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        written.map_err(failed)?;
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let message = format!("kubectl does not take the job: {}", complaint.trim());
    Err(Failure::new(
        Exit::Failed,
        anyhow::Error::msg(message),
        Some(hint.into()),
    ))
}

/// The job.
fn manifest(work: &Work<'_>) -> Result<Value, Failure> {
    let args = work.args;
    let image = args.image.as_ref().ok_or_else(|| {
        Failure::usage(
            "--image is missing: Kubernetes runs images",
            "name one that has zarrio in it; the Dockerfile in zarrio's repository makes one",
        )
    })?;
    let plan = match &args.plan_path {
        Some(path) => path.clone(),
        None => work.loaded.file.to_string_lossy().into_owned(),
    };
    let (mut volumes, mut mounts) = (Vec::new(), Vec::new());
    for (i, text) in args.volume.iter().enumerate() {
        let known = text.split_once(':');
        let (claim, place) = known
            .filter(|(_, place)| place.starts_with('/'))
            .ok_or_else(|| {
                Failure::usage(
                    format!("--volume {text}: that is not of the form CLAIM:/PATH"),
                    "write the name of a persistent volume claim and where it is mounted",
                )
            })?;
        let name = format!("volume-{i}");
        volumes.push(json!({"name": name, "persistentVolumeClaim": {"claimName": claim}}));
        mounts.push(json!({"name": name, "mountPath": place}));
    }
    let secrets: Vec<Value> = args
        .secret
        .iter()
        .map(|name| json!({"secretRef": {"name": name}}))
        .collect();
    let memory = format!("{}Mi", work.memory().0.div_ceil(1 << 20));
    let mut command = vec!["zarrio".to_owned()];
    command.extend(work.arguments(&plan, "env:JOB_COMPLETION_INDEX"));
    let mut container = json!({
        "name": "zarrio",
        "image": image,
        "command": command,
        "resources": {
            "requests": {"cpu": args.cpus.to_string(), "memory": memory},
            "limits": {"memory": memory},
        },
    });
    if !secrets.is_empty() {
        container["envFrom"] = secrets.into();
    }
    if !mounts.is_empty() {
        container["volumeMounts"] = mounts.into();
    }
    let mut pod = json!({"restartPolicy": "Never", "containers": [container]});
    if !volumes.is_empty() {
        pod["volumes"] = volumes.into();
    }
    let mut metadata = json!({
        "generateName": "zarrio-",
        "labels": {"app.kubernetes.io/name": "zarrio"},
    });
    if let Some(namespace) = &args.namespace {
        metadata["namespace"] = namespace.as_str().into();
    }
    let parallelism = args.array_limit.map_or(work.count, u64::from);
    Ok(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {
            "completionMode": "Indexed",
            "completions": work.count,
            "parallelism": parallelism.min(work.count),
            "backoffLimitPerIndex": RETRIES,
            "podFailurePolicy": {"rules": [
                // A node that is drained is nobody's fault.
                {"action": "Ignore", "onPodConditions": [
                    {"type": "DisruptionTarget", "status": "True"},
                ]},
                {"action": "FailIndex", "onExitCodes": {
                    "containerName": "zarrio",
                    "operator": "In",
                    // All that are not worth a second try.
                    "values": [1, 2, 3, 4, 6, 7],
                }},
            ]},
            "template": {
                "metadata": {"labels": {"app.kubernetes.io/name": "zarrio"}},
                "spec": pod,
            },
        },
    }))
}
