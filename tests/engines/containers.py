#!/usr/bin/env python3
"""Does what the Dockerfile and compose.yaml say, as far as that goes without containers.

containers.py ZARRIO FOLDER: the services of compose.yaml as processes in the folder of files,
each when those that it waits for have ended well, and those that may run at once, at once.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import compose_spec
import yaml

ROOT = Path(__file__).resolve().parents[2]


def instructions():
    """The lines of the Dockerfile, joined where they go on, as pairs of a word and the rest."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            yield tuple(line.split(None, 1))


def check_context(steps):
    """What the build is given is enough for cargo to know all targets, and has the scripts."""
    first, *kept = (ROOT / ".dockerignore").read_text().split()
    assert first == "*" and all(line.startswith("!") for line in kept), kept
    with tempfile.TemporaryDirectory() as directory:
        for name in (line[1:] for line in kept):
            source, target = ROOT / name, Path(directory, name)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
        found = json.loads(subprocess.run(command, cwd=directory, check=True, stdout=subprocess.PIPE).stdout)
        assert "zarrio" in [package["name"] for package in found["packages"]]
        scripts = 0
        for words in (shlex.split(rest) for word, rest in steps if word == "RUN"):
            for script, option in zip(words, words[1:]):
                if script.startswith("scripts/"):
                    text = Path(directory, script).read_text()
                    assert f"\n{option})" in text, f"{script} has no {option}"
                    scripts += 1
        assert scripts == 1, scripts


def check_image(steps):
    """The last stage has the program, where it is looked for, and runs it as nobody."""
    last = max(i for i, (word, _) in enumerate(steps) if word == "FROM")
    image = dict(steps[last:])
    assert image["FROM"] == "scratch" and json.loads(image["ENTRYPOINT"]) == ["zarrio"], image
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image["USER"]), image
    built = [rest for word, rest in steps[:last] if word == "RUN"]
    assert any("target/release/zarrio /image/usr/local/bin/zarrio" in rest for rest in built), built
    assert image["COPY"] == "--from=build /image /", image


def filled(text, environment):
    """A text of compose.yaml with the variables that it names."""

    def value(match):
        name, sign, rest = match.groups()
        if environment.get(name):
            return environment[name]
        assert sign == ":-", f"{name} {rest}"
        return rest

    return re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", value, text)


def check_form():
    """Both files are of the form that engines take."""
    subprocess.run([Path(sys.executable).with_name("hadolint"), ROOT / "Dockerfile"], check=True)
    text = filled((ROOT / "compose.yaml").read_text(), {"OWNER": "1000:1000"})
    options = compose_spec.PyOptions(apply_merge=True)
    options.from_yaml(text).validate()
    try:
        options.from_yaml(text.replace("command:", "comand:")).validate()
    except ValueError:
        return
    raise AssertionError("anything is a file of services")


def run(zarrio, folder):
    """The services, wave by wave."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    image = {(s["build"], s["image"], s["user"], *s["volumes"]) for s in services.values()}
    assert len(image) == 1 and image.pop()[3].endswith(":/data"), services
    done, waves = set(), []
    while len(done) < len(services):
        ready = [
            name
            for name, service in services.items()
            if name not in done and set(service.get("depends_on", {})) <= done
        ]
        assert ready, f"these wait for each other: {set(services) - done}"
        running = {}
        for name in ready:
            for condition in services[name].get("depends_on", {}).values():
                assert condition == {"condition": "service_completed_successfully"}, condition
            words = [filled(word, os.environ) for word in services[name]["command"]]
            running[name] = subprocess.Popen([zarrio, *words], cwd=folder)
        for name, process in running.items():
            assert process.wait() == 0, f"{name} ended with {process.returncode}"
        done |= set(ready)
        waves.append(len(ready))
    assert waves == [1, 1, 4, 1], waves


def main():
    steps = list(instructions())
    check_context(steps)
    check_image(steps)
    check_form()
    run(*sys.argv[1:])


main()
