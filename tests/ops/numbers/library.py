"""The runtime's C API (runtime/api/vae_runtime.h) for tests: a package on a device, its programs run with NumPy arrays."""
import ctypes
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

import numpy as np

ELEMENTS = (np.float32, np.int32)  # by the header's numbers


class Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("message", c_char * 1020)]


class DeviceOptions(ctypes.Structure):
    _fields_ = [("threads", c_uint32), ("cpu_target", c_char_p), ("debug", c_int)]


class Input(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("tensor", c_void_p)]


class Size(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("value", c_int64)]


class Run(ctypes.Structure):
    _fields_ = [("program", c_char_p), ("inputs", POINTER(Input)), ("input_count", c_size_t), ("sizes", POINTER(Size)), ("size_count", c_size_t),
                ("seed", c_uint64), ("step", c_uint64), ("epoch", c_uint64), ("check_inputs", c_int), ("check_outputs", c_int), ("profile", c_int),
                ("cancelled", c_void_p), ("cancelled_context", c_void_p), ("check_kernels", c_int), ("cancel_anywhere", c_int)]


class RuntimeFailure(Exception):
    """What the runtime says is wrong."""


class Library:
    def __init__(self, path):
        self.library = ctypes.CDLL(str(path))
        for name in ("tensor_data", "result_tensor", "tensor_shape"):
            self.function(name).restype = c_void_p
        for name in ("tensor_rank", "result_count"):
            self.function(name).restype = c_size_t
        self.function("result_name").restype = c_char_p

    def function(self, name):
        return getattr(self.library, f"vae_{name}")

    def __call__(self, name, *arguments):
        """A function that returns a status."""
        error = Error()
        if self.function(name)(*arguments, byref(error)):
            raise RuntimeFailure(error.message.decode())

    def make(self, name, *arguments):
        """A function whose last result is a handle."""
        handle = c_void_p()
        self(name, *arguments, byref(handle))
        return handle

    def tensor(self, array):
        array = np.asarray(array, order="C")
        shape = (c_int64 * array.ndim)(*array.shape)
        return self.make("tensor_create", ELEMENTS.index(array.dtype.type), c_size_t(array.ndim), shape, array.ctypes.data_as(c_void_p))

    def array(self, tensor):
        rank = self.function("tensor_rank")(tensor)
        shape = ctypes.cast(self.function("tensor_shape")(tensor), POINTER(c_int64))[:rank]
        element = np.dtype(ELEMENTS[self.function("tensor_element")(tensor)])
        return np.frombuffer(ctypes.string_at(self.function("tensor_data")(tensor), int(np.prod(shape)) * element.itemsize), element).reshape(shape)


class Session:
    """A package on a device. Vulkan runs under the validation layers, whose messages are errors."""

    def __init__(self, library, package, device, threads=1):
        self.library = library
        options = DeviceOptions(threads=threads, debug=device.startswith("vulkan"))
        self.device = library.make("device_open", device.encode(), byref(options))
        self.package = library.make("package_open", str(package).encode())
        self.session = library.make("session_create", self.package, self.device)

    def close(self):
        for name, handle in (("session_destroy", self.session), ("package_close", self.package), ("device_close", self.device)):
            self.library.function(name)(handle)

    def set_parameter(self, path, value):
        tensor = self.library.tensor(value)
        try:
            self.library("session_set_parameter", self.session, path.encode(), tensor)
        finally:
            self.library.function("tensor_destroy")(tensor)

    def load_weights(self, path):
        self.library("session_load_weights", self.session, str(path).encode())

    def save_weights(self, path):
        self.library("session_save_weights", self.session, str(path).encode())

    def run(self, program, inputs):
        """The results of a program by name."""
        tensors = {name: self.library.tensor(value) for name, value in inputs.items()}
        array = (Input * max(len(tensors), 1))(*[Input(name.encode(), tensor) for name, tensor in tensors.items()])
        run = Run(program=program.encode(), inputs=array, input_count=len(tensors))
        try:
            result = self.library.make("session_run", self.session, byref(run))
        finally:
            for tensor in tensors.values():
                self.library.function("tensor_destroy")(tensor)
        count = self.library.function("result_count")(result)
        name, value = self.library.function("result_name"), self.library.function("result_tensor")
        results = {name(result, c_size_t(i)).decode(): self.library.array(c_void_p(value(result, c_size_t(i)))) for i in range(count)}
        self.library.function("result_destroy")(result)
        return results
