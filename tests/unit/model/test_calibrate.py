"""Which settings calibrating tries and chooses, with scripted speeds and a scripted clock; then once for real."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from services.core.config import Config, load_config
from services.model.calibrate import Calibration, KvType, Trial, Tuning, budget_s, calibrate, thread_counts
from services.model.calibration_report import report
from services.model.calibration_store import (
    FILE_NAME,
    MAX_ENTRIES,
    entry_key,
    forget_calibrations,
    hardware_key,
    load_calibrations,
    model_key,
    save_calibration,
)
from services.model.engine.native import LoadOptions, cores
from services.model.engine.trial import NativeTrial
from services.model.tuning import tuned
from tests.unit.model.vocabularies import SMOLLM2


@dataclass
class Box:
    """A machine of made-up speeds; time passes by what is computed."""

    decode: Callable[[Tuning], float] = lambda _: 10.0
    prompt: Callable[[Tuning], float] = lambda _: 100.0
    load_s: float = 1.0
    now: float = 0.0
    loads: list[bool] = field(default_factory=list)
    open: int = 0

    def clock(self) -> float:
        return self.now

    def load(self, repack: bool) -> Trial:
        self.loads.append(repack)
        self.open += 1
        self.now += self.load_s
        return ScriptedTrial(self)

    def run(
        self, *, cores: int = 4, kv: tuple[KvType, ...] = ("f16",), repack: bool = True, budget: float = 100.0
    ) -> Calibration:
        counts = thread_counts(cores)
        return calibrate(self.load, threads=counts, kv_types=kv, repack=repack, budget=budget, clock=self.clock)


class ScriptedTrial:
    def __init__(self, box: Box) -> None:
        self._box = box

    def decode_speed(self, tuning: Tuning) -> float:
        self._box.now += 0.5
        return self._box.decode(tuning)

    def prompt_speed(self, tuning: Tuning, tokens: int) -> float:
        self._box.now += tokens / self._box.prompt(tuning)
        return self._box.prompt(tuning)

    def close(self) -> None:
        self._box.open -= 1


def test_nothing_to_gain_leaves_the_first_of_everything() -> None:
    box = Box()
    found = box.run(kv=("f16", "q8_0"))
    assert found.tuning == Tuning(4, 4, 512, "f16", True)
    assert found.steady
    assert box.open == 0


def test_answering_and_reading_may_want_different_threads() -> None:
    box = Box(decode=lambda t: {4: 8.0, 3: 10.0, 2: 9.0}[t.threads], prompt=lambda t: 10.0 * t.threads_batch)
    tuning = box.run().tuning
    assert (tuning.threads, tuning.threads_batch) == (3, 4)


def test_noise_of_two_percent_decides_nothing() -> None:
    box = Box(decode=lambda t: 10.0 if t.threads == 4 else 10.2)
    assert box.run().tuning.threads == 4


def test_a_smaller_batch_wins_where_it_reads_faster() -> None:
    box = Box(prompt=lambda t: {512: 100.0, 256: 120.0, 128: 110.0}[t.batch_tokens])
    assert box.run().tuning.batch_tokens == 256


def test_raw_weights_win_where_they_are_faster_for_a_typical_turn() -> None:
    box = Box(decode=lambda t: 10.0 if t.repack else 12.0)
    assert not box.run().tuning.repack
    assert box.loads == [True, False]
    slower_answers = Box(decode=lambda t: 10.0 if t.repack else 7.5, prompt=lambda t: 100.0 if t.repack else 130.0)
    assert slower_answers.run().tuning.repack


def test_the_other_kv_type_is_tried_only_where_it_may_be_chosen() -> None:
    box = Box(decode=lambda t: 10.0 if t.kv_type == "f16" else 13.0)
    assert box.run().tuning.kv_type == "f16"
    assert box.run(kv=("f16", "q8_0")).tuning.kv_type == "q8_0"
    assert box.run(kv=("q8_0",)).tuning.kv_type == "q8_0"


def test_without_memory_for_repacking_the_weights_stay_and_load_once() -> None:
    box = Box()
    assert not box.run(repack=False).tuning.repack
    assert box.loads == [False]


def test_a_slow_box_keeps_to_its_budget() -> None:
    box = Box(prompt=lambda _: 4.0, load_s=60.0)
    found = box.run(budget=budget_s(5_000_000_000))
    assert box.loads == [True]
    assert found.took_s - 60.0 <= 60.0
    assert found.tuning.batch_tokens == 512


def test_a_busy_box_keeps_the_defaults_and_is_not_remembered_as_steady() -> None:
    box = Box()
    box.decode = lambda t: 10.0 if box.now < 1.6 else 4.0
    found = box.run()
    assert not found.steady
    assert found.tuning == Tuning(4, 4, 512, "f16", True)


def test_thread_counts_are_few_and_start_with_all() -> None:
    assert [thread_counts(n) for n in (1, 2, 4, 8)] == [(1,), (2, 1), (4, 3, 2), (8, 7, 4)]


def some(took: float = 1.0) -> Calibration:
    return Calibration(Tuning(2, 2, 512, "f16", True), (), took)


def test_results_are_kept_by_model_and_hardware(tmp_path: Path) -> None:
    assert load_calibrations(tmp_path) == {}
    save_calibration(tmp_path, "a", some(1.0))
    save_calibration(tmp_path, "b", some(2.0))
    save_calibration(tmp_path, "a", some(3.0))
    assert load_calibrations(tmp_path) == {"b": some(2.0), "a": some(3.0)}
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    forget_calibrations(tmp_path)
    assert load_calibrations(tmp_path) == {}


def test_only_the_latest_results_are_kept(tmp_path: Path) -> None:
    for number in range(MAX_ENTRIES + 3):
        save_calibration(tmp_path, f"k{number}", some())
    kept = list(load_calibrations(tmp_path))
    assert len(kept) == MAX_ENTRIES
    assert kept[-1] == f"k{MAX_ENTRIES + 2}"


def test_a_damaged_or_foreign_file_is_measured_again(tmp_path: Path) -> None:
    for text in ("", "{", '{"version": 1}', '{"version": 9, "entries": {}}', "[]"):
        (tmp_path / FILE_NAME).write_text(text)
        assert load_calibrations(tmp_path) == {}
    save_calibration(tmp_path, "a", some())
    assert load_calibrations(tmp_path) == {"a": some()}


def test_the_key_changes_with_content_cores_and_choices(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"a" * 3_000_000)
    before = model_key(path)
    assert entry_key(path, 2, ["f16"]) != entry_key(path, 4, ["f16"]) != entry_key(path, 4, ["q8_0"])
    path.write_bytes(b"a" * 2_999_999 + b"b")
    assert model_key(path) != before
    pi = tmp_path / "cpuinfo"
    pi.write_text("processor\t: 0\nCPU part\t: 0xd0b\n\nModel\t\t: Raspberry Pi 5 Model B\n")
    assert "0xd0b" in hardware_key(4, pi) or "Raspberry" in hardware_key(4, pi)


def test_the_real_model_is_measured_within_its_budget() -> None:
    def load(repack: bool) -> NativeTrial:
        return NativeTrial(SMOLLM2, LoadOptions(repack=repack))

    found = calibrate(load, threads=(1,), kv_types=("f16", "q8_0"), repack=True, budget=6.0, clock=time.monotonic)
    assert found.took_s < 20
    assert all(m.prompt_tokens_per_s > 1 for m in found.measured)
    assert found.measured[0].decode_tokens_per_s > 1
    assert msgspec.json.decode(msgspec.json.encode(found), type=Calibration) == found


def test_the_report_names_what_is_in_use() -> None:
    assert "Nothing was measured" in report({})
    calibration = Box().run(kv=("f16", "q8_0"))
    text = report({"m.gguf:1:ab | cpu": calibration, "busy.gguf:1": msgspec.structs.replace(some(), steady=False)})
    assert "in use: threads 4/4, batch 512, KV f16, weights repacked" in text
    assert "KV q8_0" in text
    assert "the box was busy" in text


def _config(tmp_path: Path, **environ: str) -> Config:
    return load_config({"ONDOL_HOME": str(tmp_path), **environ})


def test_a_model_is_measured_once_and_then_remembered(tmp_path: Path) -> None:
    config = _config(tmp_path, ONDOL_ENGINE__THREADS="1")
    started: list[int] = []
    first = tuned(config, SMOLLM2, LoadOptions(threads=1), lambda: started.append(1))
    assert started == [1]
    assert first.threads == 1
    assert tuned(config, SMOLLM2, LoadOptions(threads=1), lambda: started.append(2)) == first
    assert started == [1]
    off = _config(tmp_path, ONDOL_ENGINE__CALIBRATE="false")
    assert tuned(off, SMOLLM2, LoadOptions(batch_tokens=99), lambda: started.append(3)).batch_tokens == 99


def test_a_measurement_that_ended_the_process_is_not_begun_again_at_once(tmp_path: Path) -> None:
    config = _config(tmp_path)
    key = entry_key(SMOLLM2, cores(), (0, "f16", True))
    save_calibration(tmp_path, key, Calibration(Tuning(1, 1, 256, "f16", True), (), 0.0, steady=False, at=time.time()))
    started: list[int] = []
    assert tuned(config, SMOLLM2, LoadOptions(), lambda: started.append(1)).batch_tokens == 256
    assert started == []
