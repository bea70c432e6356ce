"""The image and its compose file say the same as the rest of the house."""

import re

from scripts.licences import ROOT

DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
COMPOSE = (ROOT / "docker" / "compose.yaml").read_text()
IGNORE = (ROOT / ".dockerignore").read_text().splitlines()


def test_the_image_runs_as_a_plain_user_with_the_state_in_a_volume() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 1000:1000$", last_stage, re.MULTILINE)
    assert "VOLUME /var/lib/ondol" in last_stage
    assert "ENV ONDOL_HOME=/var/lib/ondol" in last_stage
    assert last_stage.index("USER 1000") < last_stage.index('CMD ["scripts/serve.sh"]')


def test_what_the_image_starts_and_asks_is_there_and_may_be_run() -> None:
    for script in re.findall(r'CMD \["(\S+)"\]', DOCKERFILE):
        assert (ROOT / script).stat().st_mode & 0o111, script
    assert len(re.findall(r'CMD \["(\S+)"\]', DOCKERFILE)) == 2


def test_the_image_is_built_for_every_machine_of_its_kind() -> None:
    assert 'ARG CMAKE_ARGS="-DGGML_NATIVE=OFF"' in DOCKERFILE


def test_all_that_is_copied_is_let_into_the_build_and_nothing_else_is() -> None:
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE))
    assert IGNORE[1] == "*"
    assert {line[1:] for line in IGNORE if line.startswith("!")} == {name for line in copied for name in line.split()}


def test_compose_keeps_the_container_small_and_caged() -> None:
    for line in ("read_only: true", "no-new-privileges:true", "- ALL", "pids_limit: 512", "mem_limit: ${ONDOL_MEMORY"):
        assert line in COMPOSE
    assert "privileged: true" not in COMPOSE
