"""python/tarn_container.py by itself: what tarn/python:3 does, without a server and without a sandbox."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "python/tarn_container.py"


@pytest.fixture
def opt_ml(tmp_path):
    for name in ("input/config", "model", "code", "output"):
        (tmp_path / name).mkdir(parents=True)
    configure(tmp_path, {}, {})
    return tmp_path


def configure(opt_ml, hyperparameters, channels):
    config = opt_ml / "input/config"
    (config / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    (config / "inputdataconfig.json").write_text(json.dumps(channels))
    (config / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))


def train(opt_ml, script, file="train.py", **hyperparameters):
    """Runs the script in a process of its own: its status, what it said, what it left as its failure."""
    (opt_ml / "code" / file).write_text(script)
    given = {"sagemaker_program": json.dumps(file), **hyperparameters}
    configure(opt_ml, given, {"train": {"TrainingInputMode": "File"}, "hold-out": {}})
    ended = subprocess.run(
        [sys.executable, str(SOURCE), "train"],
        env={"TARN_OPT_ML": str(opt_ml), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    failure = opt_ml / "output/failure"
    return ended.returncode, ended.stdout, failure.read_text() if failure.exists() else None


@pytest.fixture
def container(opt_ml, monkeypatch):
    """The module, as if in a sandbox whose /opt/ml is `opt_ml`."""
    monkeypatch.setenv("TARN_OPT_ML", str(opt_ml))
    spec = importlib.util.spec_from_file_location("tarn_container", SOURCE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec.loader.exec_module(module)
    return module


# ---- training


def test_a_script_gets_arguments_and_variables(opt_ml):
    script = "\n".join(
        [
            "import json, os, sys",
            "print(json.dumps(sys.argv[1:]))",
            "print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('SM_')}))",
        ]
    )
    status, said, failure = train(opt_ml, script, alpha="0.25", name='"flights"', layers="[1, 2]")
    assert (status, failure) == (0, None)
    arguments, variables = map(json.loads, said.splitlines())
    assert arguments == ["--alpha", "0.25", "--layers", "[1, 2]", "--name", "flights"]
    assert variables["SM_HP_ALPHA"] == "0.25" and variables["SM_HP_NAME"] == "flights"
    assert json.loads(variables["SM_HPS"]) == {"alpha": 0.25, "name": "flights", "layers": [1, 2]}
    assert json.loads(variables["SM_CHANNELS"]) == ["hold-out", "train"]
    assert variables["SM_CHANNEL_HOLD_OUT"] == str(opt_ml / "input/data/hold-out")
    assert variables["SM_MODEL_DIR"] == str(opt_ml / "model")
    assert json.loads(variables["SM_HOSTS"]) == ["algo-1"] and variables["SM_CURRENT_HOST"] == "algo-1"
    assert variables["SM_MODULE_NAME"] == "train" and variables["SM_USER_ENTRY_POINT"] == "train.py"
    environment = json.loads(variables["SM_TRAINING_ENV"])
    assert environment["hyperparameters"]["alpha"] == 0.25
    assert environment["channel_input_dirs"]["train"] == str(opt_ml / "input/data/train")


def test_a_script_imports_what_lies_beside_it(opt_ml):
    (opt_ml / "code/helper.py").write_text("answer = 42\n")
    status, said, _ = train(opt_ml, "import helper, os\nprint(helper.answer, os.getcwd())\n")
    assert (status, said) == (0, f"42 {opt_ml}/code\n")


def test_a_shell_script_runs_too(opt_ml):
    status, said, failure = train(opt_ml, 'echo "$@" in $SM_MODEL_DIR; exit 4\n', file="run.sh", depth="3")
    assert (status, said, failure) == (4, f"--depth 3 in {opt_ml}/model\n", None)


@pytest.mark.parametrize(
    "script, status, failure",
    [
        ("raise SystemExit(0)", 0, None),
        ("import sys\nsys.exit()", 0, None),
        ("raise SystemExit(7)", 7, None),
        ("raise SystemExit('no rows')", 1, 'ErrorMessage "no rows"'),
        ("import json\njson.loads('{')", 1, 'ErrorMessage "JSONDecodeError: '),
        ("x = [\n", 1, 'ErrorMessage "SyntaxError: '),
        ("open('../output/failure', 'w').write('mine')\nraise ValueError('other')", 1, "mine"),
    ],
)
def test_the_end_of_a_script_is_told(opt_ml, script, status, failure):
    ended, _, told = train(opt_ml, script)
    assert ended == status
    assert (told is None) == (failure is None)
    if failure == "mine":
        assert told == "mine"
    elif failure:
        assert told.startswith(f"ExecuteUserScriptError:\nExitCode {status}\n{failure}"), told
        assert told.endswith('train.py"')


def test_a_job_without_its_script_fails_with_a_reason(opt_ml):
    def run_as(hyperparameters):
        configure(opt_ml, hyperparameters, {})
        (opt_ml / "output/failure").unlink(missing_ok=True)
        ended = subprocess.run(
            [sys.executable, str(SOURCE), "train"],
            env={"TARN_OPT_ML": str(opt_ml), "PATH": os.environ["PATH"]},
            capture_output=True,
            check=False,
        )
        return ended.returncode, (opt_ml / "output/failure").read_text()

    assert run_as({}) == (
        2,
        "ClientError: the hyperparameter sagemaker_program, which names the script, is missing",
    )
    assert run_as({"sagemaker_program": '"none.py"'}) == (2, "ClientError: the source directory has no file none.py")


def test_requirements_that_cannot_be_installed_are_the_reason(opt_ml):
    (opt_ml / "code/requirements.txt").write_text("./no-such-package\n")
    status, said, failure = train(opt_ml, "print('ran')\n")
    assert status == 1 and said.find("ran") < 0
    assert failure.startswith("InstallRequirementsError: requirements.txt could not be installed: ")


# ---- serving


class Script:
    """A module with these functions."""

    def __init__(self, **functions):
        self.__dict__.update(functions)


def test_text_comes_as_text_and_the_rest_as_bytes(container):
    script = Script(input_fn=lambda body, kind: [type(body).__name__, body if isinstance(body, str) else len(body)])
    script.predict_fn = lambda data, model: data
    assert container.answer(script, None, b"\xc3\xa4", "text/csv; charset=utf-8", "*/*") == (
        b'["str", "\\u00e4"]',
        "application/json",
    )
    assert container.answer(script, None, b"\x00\x01", "application/x-npy", "*/*")[0] == b'["bytes", 2]'


def test_output_fn_may_name_its_type(container):
    script = Script(predict_fn=lambda data, model: data, input_fn=lambda body, kind: body)
    script.output_fn = lambda prediction, accept: (b"\x01", "application/octet-stream")
    assert container.answer(script, None, b"x", "a/b", "text/csv") == (b"\x01", "application/octet-stream")
    script.output_fn = lambda prediction, accept: "y"
    assert container.answer(script, None, b"x", "a/b", "text/csv") == (b"y", "text/csv")
    assert container.answer(script, None, b"x", "a/b", "text/html, text/csv") == (b"y", "text/html")


def test_transform_fn_does_all(container):
    script = Script(transform_fn=lambda model, body, kind, accept: "|".join([model, body, kind, accept]))
    script.input_fn = script.predict_fn = script.output_fn = None
    assert container.answer(script, "m", b"1", "text/csv", "text/csv") == (b"m|1|text/csv|text/csv", "text/csv")


def test_defaults_read_and_write_csv_and_json(container):
    double = lambda rows: [[2 * cell for cell in row] for row in (rows.tolist() if hasattr(rows, "tolist") else rows)]
    script = Script()
    lines = container.answer(script, double, b"1,2\n3,4\n", "text/csv", "text/csv")
    assert lines == (b"2.0,4.0\n6.0,8.0\n", "text/csv")
    assert json.loads(container.answer(script, double, b"[[1], [2]]", "application/json", "*/*")[0]) == [[2], [4]]
    for kind, accept, status in (("image/png", "*/*", 415), ("text/csv", "image/png", 406)):
        with pytest.raises(container.Unsupported) as refused:
            container.answer(script, double, b"1", kind, accept)
        assert refused.value.status == status
    with pytest.raises(ValueError):
        container.answer(script, double, b"x", "text/csv", "*/*")


def test_a_script_needs_a_model_or_predicts_by_itself(container):
    assert container.load_model(Script(model_fn=lambda folder: folder), "/m") == "/m"
    assert container.load_model(Script(predict_fn=None), "/m") is None
    assert container.load_model(Script(transform_fn=None), "/m") is None
    with pytest.raises(NotImplementedError, match="model_fn"):
        container.load_model(Script(), "/m")


def test_the_script_is_found_in_the_models_code_first(container, opt_ml, monkeypatch):
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "serve.py")
    with pytest.raises(FileNotFoundError, match="serve.py"):
        container.load_script()
    (opt_ml / "code/serve.py").write_text("place = 'code'\n")
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert container.load_script().place == "code"
    (opt_ml / "model/code").mkdir()
    (opt_ml / "model/code/serve.py").write_text("place = 'model'\n")
    assert container.load_script().place == "model"
