//! What `plan`, `run`, `finalize` and `submit` say.

use std::fs::File;
use std::time::{Duration, SystemTime};

use super::transcript::Transcript;

/// Two days in files of their own, and an archive for five.
fn archive(chunks: u32) -> Transcript {
    let mut transcript = Transcript::with(&["part-1.nc", "part-2.nc", "part-late.nc"]);
    for (name, hours) in [("part-1.nc", 1), ("part-2.nc", 2)] {
        let file = File::options().write(true).open(transcript.path(name));
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000 + 3600 * hours);
        file.unwrap().set_modified(time).unwrap();
    }
    transcript.run(&format!(
        "create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h --chunking time:{chunks} -q"
    ));
    transcript
}

#[test]
fn help() {
    Transcript::with(&[])
        .run("plan --help")
        .run("run --help")
        .run("finalize --help")
        .run("submit --help")
        .check("help-tasks");
}

#[test]
fn from_the_plan_to_the_end() {
    let mut transcript = archive(4);
    transcript
        .file("list.txt", "part-2.nc\n\n")
        .run("plan part-1.nc out.zarr --list list.txt -o plan.json")
        .cat("plan.json")
        .run("run plan.json --task-id 0 --dry-run --jobs 1")
        .run("status --pending-ids plan.json")
        .run("run plan.json --task-id 1")
        .run("status --pending-ids plan.json")
        .run("finalize plan.json")
        .run("plan part-1.nc part-2.nc out.zarr -o rest.json --pending")
        .run("plan part-1.nc part-2.nc out.zarr -o rest.json --pending --overwrite --json")
        .run("run rest.json")
        .run("run plan.json")
        .run("run plan.json --task-id 3 --task-count 9 --json")
        .run("finalize plan.json")
        .run("status --pending-ids plan.json --task-count 7")
        .run("plan 'part-[12].nc' out.zarr -o - --pending")
        .run("plan 'part-[12].nc' out.zarr -o none.json --pending")
        .run("run none.json")
        .run("status out.zarr --require-complete")
        .check("tasks");
}

#[test]
fn which_files_are_one_task() {
    archive(6)
        .run("plan 'part-[12].nc' out.zarr -o shared.json")
        .run("plan 'part-[12].nc' out.zarr -o - --tasks 1 -q")
        .run("plan 'part-[12].nc' out.zarr -o apart.json --files-per-task 1")
        .run("run apart.json --task-id 1")
        .run("run apart.json --task-id 0")
        .run("finalize apart.json")
        .check("tasks-shared");
}

#[test]
fn what_cannot_be_done() {
    let mut transcript = archive(4);
    transcript
        .file("torn.nc", "CDF")
        .file("wrong.json", "{\"form\": 2}")
        .file("torn.json", "{\"form\": 1, \"tasks\": [")
        .run("plan out.zarr -o plan.json")
        .run("plan part-1.nc out.zarr")
        .run("plan part-1.nc absent.zarr -o plan.json")
        .run("plan absent.nc out.zarr -o plan.json")
        .run("plan part-1.nc torn.nc part-late.nc out.zarr -o plan.json --workers 1")
        .run("plan part-late.nc out.zarr -o plan.json")
        .run("plan part-1.nc out.zarr --list absent.txt -o plan.json")
        .run("plan part-1.nc out.zarr -o absent/plan.json")
        .run("plan part-1.nc out.zarr -o plan.json --tasks 2 --files-per-task 2")
        .run("plan part-1.nc out.zarr -o - --json")
        .run("plan part-1.nc out.zarr -o plan.json -q")
        .run("plan part-1.nc out.zarr -o plan.json")
        .run("plan part-1.nc part-2.nc out.zarr -o plan.json --overwrite -q")
        .run("run absent.json")
        .run("run wrong.json")
        .run("run torn.json")
        .run("run plan.json --task-id 2")
        .run("run plan.json --task-id first")
        .run("run plan.json --task-id auto")
        .run("run plan.json --task-count 2")
        .run("run plan.json --task-id 2 --task-count 2")
        .run("status --pending-ids plan.json out.zarr")
        .run("status out.zarr --task-count 2")
        .run("status")
        .run("submit plan.json")
        .run("submit plan.json --engine slurm --array 1-2")
        .run("submit plan.json --engine slurm --array ''")
        .check("error-tasks");
}

#[test]
fn the_manifest_of_a_job() {
    let mut transcript = archive(4);
    transcript
        .run("plan part-1.nc part-2.nc out.zarr -o plan.json -q")
        .run("submit plan.json --engine kubernetes --image zarrio:1 --dry-run")
        .run("submit plan.json --engine kubernetes --image zarrio:1 --dry-run --namespace climate --volume data:/data --volume more:/more --secret store --plan-path /data/plan.json --array-limit 1 --cpus 2 --mem 4GiB --storage-option region=here -- --fsync")
        .run("submit plan.json --engine kubernetes --dry-run")
        .run("submit plan.json --engine kubernetes --image zarrio:1 --volume data --dry-run")
        .run("submit plan.json --engine kubernetes --image zarrio:1 --array 1")
        .run("submit plan.json --engine kubernetes --image zarrio:1 --partition main")
        .run("submit plan.json --engine slurm --image zarrio:1")
        .run("submit plan.json --engine kubernetes --image zarrio:1 --dry-run --storage-option secret_access_key=hush")
        .run("submit plan.json --engine slurm --dry-run -- --storage-option=aws_session_token=hush")
        .run("submit plan.json --engine slurm --dry-run -- --fsync --storage-option sas_key=hush")
        .check("submit-kubernetes");
}

#[test]
fn the_scripts_of_jobs() {
    let mut transcript = archive(4);
    transcript
        .run("plan part-1.nc part-2.nc out.zarr -o plan.json -q")
        .run("submit plan.json --engine slurm --dry-run --program zarrio")
        .run("submit plan.json --engine slurm --dry-run --program 'apptainer exec zarrio.sif zarrio' --partition main --time 1:00:00 --mem 2GiB --cpus 4 --array 1 --array-limit 8 --engine-option=--account=climate --before 'zarrio create-template part-1.nc out.zarr' --logs 'a b' -- --check encoded")
        .check("submit-slurm");
}
