"""What executed files get in place of missing modules, data sets, downloads and training.

Nothing here decides what a network is made of: a stand-in that reaches a layer's arguments makes the layer fail.
"""

import argparse
import importlib.abc
import importlib.machinery
import sys
import types


class StandIn(types.ModuleType):
    """A module, function or object that is not there: it can be called and looked into, never counted or gone through."""

    def __init__(self, name="standin", *_, **__):
        super().__init__(str(name))
        self.__path__ = []

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return StandIn(name)

    def __call__(self, *_, **__):
        return StandIn()

    def __getitem__(self, _):
        return StandIn()

    def __setitem__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __mro_entries__(self, _):
        return (object,)

    def _other(self, *_):
        return StandIn()

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = _other


class Missing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last finder: every module that nobody else has. Old places of Keras lead to where the names are now."""

    OLD = (
        "keras.",
        "tensorflow.keras.",
        "tensorflow.python.keras.",
        "tensorflow.contrib.keras.",
        "tensorflow_core.keras.",
    )

    def __init__(self, own):
        self.own = own

    def find_spec(self, name, path=None, target=None):
        # A module of the repository's own that cannot be found stays missing: it could change a network.
        if name.split(".")[0] in self.own:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        if spec.name.startswith(self.OLD) or spec.name in ("tensorflow.python.keras", "tensorflow.contrib.keras"):
            return Moved(spec.name)
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


class Moved(StandIn):
    """`keras.layers.convolutional`, `tensorflow.python.keras.models`…: the names of today's Keras."""

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        import keras

        area = next((part for part in self.__name__.split(".") if part != "keras" and hasattr(keras, part)), None)
        for place in [getattr(keras, area)] * (area is not None) + [keras.layers, keras.models, keras.utils, keras]:
            if hasattr(place, name):
                return getattr(place, name)
        return StandIn(name)


def nothing(*_, **__):
    return StandIn()


def install(own):
    """@param own: names of the repository's own modules"""
    sys.meta_path.append(Missing(own))
    argparse.ArgumentParser.parse_args = lambda self, *_, **__: optional(self).parse_known_args([])[0]
    keras_standins()
    torch_standins()


def optional(parser):
    for action in parser._actions:  # noqa: SLF001  (no public way to let required arguments be left out)
        action.required = False
    return parser


def keras_standins():
    import keras
    import numpy
    from keras.src.utils import file_utils

    for name in (
        "fit",
        "evaluate",
        "predict",
        "train_on_batch",
        "test_on_batch",
        "predict_on_batch",
        "save",
        "save_weights",
        "summary",
        "compile",
        "load_weights",
    ):
        setattr(keras.Model, name, nothing)
        setattr(keras.Sequential, name, nothing)
    keras.Model.fit_generator = keras.Model.evaluate_generator = keras.Model.predict_generator = nothing
    file_utils.get_file = lambda *_, **__: "nowhere.weights.h5"
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(("keras", "tensorflow.keras")) and "get_file" in vars(module):
            module.get_file = file_utils.get_file

    def images(*shape, classes=10):
        def load(*_, **__):
            labels = (numpy.arange(100) % classes).astype("uint8")
            labels = labels if len(shape) == 2 else labels[:, None]
            data = numpy.zeros((100, *shape), "uint8")
            return (data, labels), (data.copy(), labels.copy())

        return load

    keras.datasets.mnist.load_data = images(28, 28)
    keras.datasets.fashion_mnist.load_data = images(28, 28)
    keras.datasets.cifar10.load_data = images(32, 32, 3)
    keras.datasets.cifar100.load_data = images(32, 32, 3, classes=100)
    keras.backend.set_image_dim_ordering = keras.backend.clear_session = nothing
    for name in ("np_utils", "vis_utils"):
        setattr(keras.utils, name, keras.utils)
    keras.utils.plot_model = nothing


def torch_standins():
    import torch
    import torchvision

    torch.load = torch.save = torch.hub.load_state_dict_from_url = nothing
    torch.nn.Module.load_state_dict = nothing
    torchvision.datasets = sys.modules["torchvision.datasets"] = StandIn("torchvision.datasets")
    torch.utils.data.DataLoader = StandIn("DataLoader")
    torchvision.models._api.WeightsEnum.get_state_dict = lambda *_, **__: {}  # noqa: SLF001
    here = lambda self, *_, **__: self  # noqa: E731
    torch.nn.Module.to = torch.nn.Module.cuda = torch.Tensor.cuda = here
    torch.nn.DataParallel = lambda module, *_, **__: module
