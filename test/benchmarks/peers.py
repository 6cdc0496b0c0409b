# One engine from PyPI with one ONNX file, beside ONNX Runtime in `npm run bench`: answers the questions of engine-messages.ts one by one.
# `peers.py` alone prints the versions of those installed as a line of JSON; `peers.py SETUP` (JSON of PeerSetup) is an engine.
# Installs nothing and computes no figures.
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from importlib import metadata, util


def version_of(*packages):
    """Of the first, or None where one of them is not installed."""
    try:
        return [metadata.version(package) for package in packages][0]
    except metadata.PackageNotFoundError:
        return None


def open_openvino(setup):
    import openvino

    core = openvino.Core()
    # without the hint of precision it takes bf16 where a CPU has it
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": setup["threads"], "NUM_STREAMS": 1}
    request = core.compile_model(setup["path"], "CPU", options).create_infer_request()
    return lambda values: request.infer([values])[0]


def open_ncnn(setup):
    import ncnn
    import numpy

    net, threads = ncnn.Net(), setup["threads"]
    option = net.opt
    option.num_threads, option.lightmode = threads, True
    option.use_packing_layout = option.use_winograd_convolution = option.use_sgemm_convolution = True
    # three of them are on by default
    option.use_fp16_packed = option.use_fp16_storage = option.use_fp16_arithmetic = option.use_bf16_packed = option.use_bf16_storage = False
    pools = ncnn.UnlockedPoolAllocator(), ncnn.PoolAllocator()
    option.blob_allocator, option.workspace_allocator = pools
    ncnn.set_omp_num_threads(threads)
    ncnn.set_cpu_powersave(0)
    # the converter writes nine files beside its input; its Python half wants PyTorch, the program does not
    converter = os.path.join(util.find_spec("pnnx").submodule_search_locations[0], "pnnx")
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.abspath(setup["path"]), os.path.join(folder, "net.onnx"))
        shape = "inputshape=[%s]" % ",".join(str(extent) for extent in setup["shape"])
        subprocess.run([converter, "net.onnx", shape, "fp16=0"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        if net.load_param(os.path.join(folder, "net.ncnn.param")) or net.load_model(os.path.join(folder, "net.ncnn.bin")):
            raise RuntimeError("ncnn does not load what pnnx made of " + setup["path"])

    def run(values, pools=pools):
        extractor = net.create_extractor()
        extractor.input("in0", ncnn.Mat(values[0]))
        return numpy.array(extractor.extract("out0")[1])

    return run


ENGINES = {"openvino": (open_openvino, ("openvino",)), "ncnn": (open_ncnn, ("ncnn", "pnnx"))}


def serve(setup):
    import numpy

    def load(seed):
        return numpy.fromfile(setup["inputs"][str(seed)], numpy.float32).reshape(setup["shape"])

    def answer(question):
        if question["ask"] == "memory":
            # the address space's own peak: getrusage's begins with that of whoever started it
            with open("/proc/self/status") as status:
                return [next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))]
        if question["ask"] == "answer":
            return numpy.asarray(run(load(question["seed"])), numpy.float64).ravel().tolist()
        values, times, began = load(1), [], time.perf_counter()
        # as engine.ts does: the first turn warms up in full, later ones only bring caches and threads back
        warm = 0
        while warm < 3 or (not state["warm"] and time.perf_counter() - began < 0.3):
            run(values)
            warm += 1
        state["warm"] = True
        for _ in range(question["runs"]):
            start = time.perf_counter()
            run(values)
            times.append((time.perf_counter() - start) * 1000)
        return times

    run, state = ENGINES[setup["engine"]][0](setup), {"warm": False}
    # what Node's documentation of `fork` with another program promises: a line of JSON a message, on this descriptor
    channel = socket.socket(fileno=int(os.environ["NODE_CHANNEL_FD"]))
    for line in channel.makefile("r"):
        try:
            reply = {"numbers": answer(json.loads(line))}
        except Exception as error:
            reply = {"trouble": repr(error)}
        channel.sendall((json.dumps(reply) + "\n").encode())
    # ncnn complains of its pools where the interpreter takes things apart in an order of its own
    os._exit(0)


if len(sys.argv) > 1:
    serve(json.loads(sys.argv[1]))
else:
    print(json.dumps({name: version_of(*packages) for name, (_, packages) in ENGINES.items()}))
