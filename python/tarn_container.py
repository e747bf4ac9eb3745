"""What runs in a sandbox under the image tarn/python:3: script mode for training, model_fn and friends for serving.

    tarn_container.py train     runs the script that the hyperparameters name, with SM_* variables, as SageMaker's
                                framework containers do
    tarn_container.py serve     answers GET /ping and POST /invocations with the functions of SAGEMAKER_PROGRAM:
                                model_fn(model_dir), input_fn(body, content_type), predict_fn(data, model),
                                output_fn(prediction, accept), or transform_fn(model, body, content_type, accept) in
                                place of the last three; what it does not define has a default

Needs nothing but the standard library; uses numpy where there is one.
"""

import importlib.util
import json
import os
import runpy
import socket
import socketserver
import subprocess
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler

OPT_ML = os.environ.get("TARN_OPT_ML", "/opt/ml")
CODE = os.path.join(OPT_ML, "code")


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def decoded(text):
    """SageMaker's SDK sends each hyperparameter as JSON; what is none is a plain text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def as_text(value):
    return value if isinstance(value, str) else json.dumps(value)


def training_environment():
    config = os.path.join(OPT_ML, "input", "config")
    hyperparameters = {k: decoded(v) for k, v in read_json(os.path.join(config, "hyperparameters.json")).items()}
    channels = read_json(os.path.join(config, "inputdataconfig.json"))
    resources = read_json(os.path.join(config, "resourceconfig.json"))
    own = {k: v for k, v in hyperparameters.items() if not k.startswith("sagemaker_")}
    arguments = [part for name in sorted(own) for part in ("--" + name, as_text(own[name]))]
    program = hyperparameters.get("sagemaker_program") or os.environ.get("SAGEMAKER_PROGRAM")
    variables = {
        "SM_MODEL_DIR": os.path.join(OPT_ML, "model"),
        "SM_INPUT_DIR": os.path.join(OPT_ML, "input"),
        "SM_INPUT_CONFIG_DIR": config,
        "SM_OUTPUT_DIR": os.path.join(OPT_ML, "output"),
        "SM_OUTPUT_DATA_DIR": os.path.join(OPT_ML, "output", "data"),
        "SM_CHANNELS": json.dumps(sorted(channels)),
        "SM_HPS": json.dumps(own),
        "SM_USER_ARGS": json.dumps(arguments),
        "SM_USER_ENTRY_POINT": program or "",
        "SM_INPUT_DATA_CONFIG": json.dumps(channels),
        "SM_RESOURCE_CONFIG": json.dumps(resources),
        "SM_HOSTS": json.dumps(resources.get("hosts", ["algo-1"])),
        "SM_CURRENT_HOST": resources.get("current_host", "algo-1"),
        "SM_NETWORK_INTERFACE_NAME": resources.get("network_interface_name", "lo"),
        "SM_NUM_CPUS": str(os.cpu_count() or 1),
        "SM_NUM_GPUS": "0",
        "SM_LOG_LEVEL": "20",
        "SM_MODULE_DIR": hyperparameters.get("sagemaker_submit_directory") or CODE,
    }
    for name in channels:
        variables["SM_CHANNEL_" + name.upper().replace("-", "_")] = os.path.join(OPT_ML, "input", "data", name)
    for name, value in own.items():
        variables["SM_HP_" + name.upper().replace("-", "_")] = as_text(value)
    if program:
        variables["SM_MODULE_NAME"] = os.path.splitext(program)[0]
    variables["SM_TRAINING_ENV"] = json.dumps(
        {
            "channel_input_dirs": {n: os.path.join(OPT_ML, "input", "data", n) for n in channels},
            "current_host": variables["SM_CURRENT_HOST"],
            "hosts": resources.get("hosts", ["algo-1"]),
            "hyperparameters": own,
            "input_data_config": channels,
            "input_dir": variables["SM_INPUT_DIR"],
            "is_master": True,
            "job_name": os.environ.get("TRAINING_JOB_NAME", ""),
            "model_dir": variables["SM_MODEL_DIR"],
            "num_cpus": os.cpu_count() or 1,
            "num_gpus": 0,
            "output_data_dir": variables["SM_OUTPUT_DATA_DIR"],
            "user_entry_point": program or "",
        }
    )
    return program, arguments, variables


def fail(text):
    """Writes the job's reason, unless the script has written its own."""
    path = os.path.join(OPT_ML, "output", "failure")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def script_failure(status, message, program, arguments):
    """As SageMaker's framework containers word it."""
    command = " ".join([sys.executable, program] + arguments)
    return 'ExecuteUserScriptError:\nExitCode %d\nErrorMessage "%s"\nCommand "%s"' % (status, message, command)


def install_requirements(folder):
    """What the script's requirements.txt asks for, into a folder of the job's own. Returns what went wrong, or None."""
    requirements = os.path.join(folder, "requirements.txt")
    if not os.path.isfile(requirements):
        return None
    site = os.path.join("/tmp", "site-packages")
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--target", site]
    ended = subprocess.run(command + ["-r", requirements], stderr=subprocess.PIPE, text=True, check=False)
    print(ended.stderr, end="", file=sys.stderr, flush=True)
    if ended.returncode != 0:
        last = (ended.stderr.strip().splitlines() or [""])[-1]
        return "InstallRequirementsError: requirements.txt could not be installed: " + last
    sys.path.insert(1, site)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [site, os.environ.get("PYTHONPATH")]))
    return None


def train():
    program, arguments, variables = training_environment()
    if not program:
        fail("ClientError: the hyperparameter sagemaker_program, which names the script, is missing")
        return 2
    script = os.path.join(CODE, program)
    if not os.path.isfile(script):
        fail("ClientError: the source directory has no file " + program)
        return 2
    os.environ.update(variables)
    os.makedirs(variables["SM_OUTPUT_DATA_DIR"], exist_ok=True)
    os.chdir(CODE)
    sys.argv = [script] + arguments
    sys.path[0] = CODE
    problem = install_requirements(CODE)
    if problem:
        fail(problem)
        return 1
    if program.endswith(".sh"):
        os.execv("/bin/sh", ["/bin/sh", script] + arguments)
    try:
        runpy.run_path(script, run_name="__main__")
        return 0
    except SystemExit as end:
        if end.code in (None, 0):
            return 0
        if isinstance(end.code, int):
            return end.code
        fail(script_failure(1, end.code, program, arguments))
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:  # Whatever ends the script is told, with its place.
        traceback.print_exc()
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = "%s, line %d" % (os.path.basename(place.filename), place.lineno)
        message = "%s: %s (%s)" % (type(error).__name__, error, where)
        fail(script_failure(1, message, program, arguments))
        return 1


# ---- serving


def numpy_or_none():
    try:
        import numpy

        return numpy
    except ImportError:
        return None


class Unsupported(Exception):
    """A content type that neither the script nor the defaults take, with the status that tells so."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def media_type(text):
    return (text or "").split(";")[0].strip().lower()


def default_model(_):
    raise NotImplementedError("Please provide a model_fn implementation: the script has none.")


def default_predict(data, model):
    return model(data)


def default_input(body, content_type):
    kind = media_type(content_type)
    if kind == "application/json":
        data = json.loads(body)
    elif kind == "text/csv":
        data = [[float(cell) for cell in line.split(",")] for line in body.splitlines() if line.strip()]
    elif kind == "application/x-npy" and numpy_or_none():
        import io

        return numpy_or_none().load(io.BytesIO(body), allow_pickle=False)
    else:
        raise Unsupported(415, "content type " + (kind or "(none)"))
    numpy = numpy_or_none()
    if numpy is None or isinstance(data, dict):
        return data
    return numpy.array(data)


def default_output(prediction, accept):
    numpy = numpy_or_none()
    plain = prediction.tolist() if hasattr(prediction, "tolist") else prediction
    for kind in [media_type(part) for part in (accept or "*/*").split(",")]:
        if kind in ("application/json", "*/*", ""):
            return json.dumps(plain), "application/json"
        if kind == "text/csv":
            rows = plain if isinstance(plain, list) else [plain]
            lines = [",".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows]
            return "\n".join(lines) + "\n", "text/csv"
        if kind == "application/x-npy" and numpy:
            import io

            out = io.BytesIO()
            numpy.save(out, numpy.asarray(prediction), allow_pickle=False)
            return out.getvalue(), "application/x-npy"
    raise Unsupported(406, "accept type " + accept)


def load_script():
    program = os.environ.get("SAGEMAKER_PROGRAM", "inference.py")
    for folder in (os.path.join(OPT_ML, "model", "code"), CODE, os.path.join(OPT_ML, "model")):
        path = os.path.join(folder, program)
        if os.path.isfile(path):
            sys.path.insert(0, folder)
            spec = importlib.util.spec_from_file_location("sagemaker_program", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise FileNotFoundError("no %s in the model's code folder" % program)


def load_model(script, folder):
    """A script that predicts by itself may do without a model."""
    alone = hasattr(script, "predict_fn") or hasattr(script, "transform_fn")
    if alone and not hasattr(script, "model_fn"):
        return None
    return getattr(script, "model_fn", default_model)(folder)


def answer(script, model, body, content_type, accept):
    """The answer's bytes and their type."""
    # Scripts get text as text, as in SageMaker's containers.
    if media_type(content_type) in ("application/json", "text/csv"):
        body = body.decode("utf-8")
    if hasattr(script, "transform_fn"):
        result = script.transform_fn(model, body, content_type, accept)
    else:
        data = getattr(script, "input_fn", default_input)(body, content_type)
        prediction = getattr(script, "predict_fn", default_predict)(data, model)
        result = getattr(script, "output_fn", default_output)(prediction, accept)
    kind = media_type(accept.split(",")[0])
    # Some return what they sent, some (as Response does) what it is too.
    if isinstance(result, tuple):
        result, kind = result
    if kind in ("", "*/*"):
        kind = "application/json"
    return (result.encode() if isinstance(result, str) else bytes(result)), kind


def make_handler(script, model):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self, status, body=b"", kind="text/plain"):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.reply(200 if self.path == "/ping" else 404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path != "/invocations":
                return self.reply(404)
            try:
                accept = self.headers.get("Accept") or os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "*/*")
                result, kind = answer(script, model, body, self.headers.get("Content-Type", ""), accept)
            except Unsupported as error:
                return self.reply(error.status, ("Unsupported: %s" % error).encode())
            except Exception as error:  # The caller is told, and the log has the whole of it.
                traceback.print_exc()
                return self.reply(500, ("%s: %s" % (type(error).__name__, error)).encode())
            self.reply(200, result, kind)

        def address_string(self):
            return "tarn"

        def log_message(self, *_):
            pass

    return Handler


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


class UnixServer(Server):
    address_family = socket.AF_UNIX


def serve():
    problem = install_requirements(os.path.join(OPT_ML, "model", "code")) or install_requirements(CODE)
    if problem:
        print(problem, file=sys.stderr, flush=True)
        return 1
    script = load_script()
    model = load_model(script, os.path.join(OPT_ML, "model"))
    handler = make_handler(script, model)
    path = os.environ.get("TARN_SERVE_SOCKET")
    if path:
        if os.path.exists(path):
            os.unlink(path)
        server = UnixServer(path, handler)
    else:
        server = Server(("127.0.0.1", int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))), handler)
    import signal

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print("serving", os.environ.get("SAGEMAKER_PROGRAM", "inference.py"), flush=True)
    server.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(train() if sys.argv[1:] == ["train"] else serve())
