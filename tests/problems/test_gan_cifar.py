"""CIFAR-10: files of the user's in both formats, the paper's networks, and the two scores."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

from minmaxbench.algorithms.registry import get_algorithm  # noqa: E402
from minmaxbench.bench.starts import start_points  # noqa: E402
from minmaxbench.core.noise import run_keys  # noqa: E402
from minmaxbench.engines.batch import Batch  # noqa: E402
from minmaxbench.engines.choice import get_engine  # noqa: E402
from minmaxbench.errors import UserError  # noqa: E402
from minmaxbench.problems.gan.cifar import (  # noqa: E402
    BATCHES,
    Colours,
    cifar10,
    inception_score,
    read_cifar10,
    scaled,
)
from minmaxbench.problems.gan.convolutions import convolution, enlarging  # noqa: E402

EACH = 3


def pixels(seed=0, n=EACH):
    return np.random.default_rng(seed).integers(0, 256, (n, 3072)).astype(np.uint8)


def write_python(folder):
    """As the data's authors did it, with Python 2: keys and strings are bytes."""
    for number, name in enumerate(BATCHES):
        batch = {b"data": pixels(number), b"labels": [0] * EACH, b"batch_label": b"a batch"}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    return folder


def write_binary(folder):
    for number, name in enumerate(BATCHES):
        labelled = np.hstack([np.full((EACH, 1), 7, np.uint8), pixels(number)])
        labelled.tofile(folder / f"{name}.bin")
    return folder


def extractor(images):
    """Features that see the mean of each colour, and three classes."""
    means = images.mean((2, 3))
    chances = np.exp(9 * means)
    return means, chances / chances.sum(1, keepdims=True)


@pytest.mark.parametrize("write", [write_python, write_binary])
def test_both_formats_hold_the_same_images(tmp_path, write):
    want = np.concatenate([pixels(number) for number in range(5)])
    np.testing.assert_array_equal(read_cifar10(write(tmp_path)), want)
    one = next(tmp_path.glob("data_batch_2*"))
    np.testing.assert_array_equal(read_cifar10(one), pixels(1))
    assert (scaled(want).min(), scaled(want).max()) == (-1, 1)


def test_the_networks_are_the_papers_and_train(tmp_path):
    gan = cifar10(write_binary(tmp_path), extractor, batch_size=4)
    # What Keras counts for the networks of the authors' program.
    assert (gan.dx, gan.dy) == (1_466_115, 522_497)
    gan = replace(gan, batch_size=2, data=replace(gan.data, judged=16))
    keys = run_keys("cifar", np.arange(1))
    x, y = start_points("region", gan, keys, np.arange(1))
    rule = get_algorithm("greedy_max_adam", accept="images", rate=1, k=1)
    record = get_engine("torch").run(Batch(gan, rule, x, y, keys, 4))
    assert [o.value for o in record.outcome] == ["budget"]
    assert record.metrics["metric_inception"][0] >= 1
    assert record.metrics["metric_fid"][0] > 0
    assert record.metrics["metric_samples"].shape == (1, 16 * 3072)


@pytest.mark.parametrize(
    "layer", [convolution(2, 3, 8), convolution(2, 3, 8, 2), enlarging(2, 3, 4)]
)
def test_layers_are_those_of_torch_lane_by_lane(layer):
    side = 4 if layer.weights[0] == 2 else 8
    rng = torch.Generator().manual_seed(0)
    h = torch.randn(2, 5, 2 * side * side, generator=rng)
    weights, biases = (
        torch.randn(2, *layer.weights, generator=rng),
        torch.randn(2, 3, generator=rng),
    )
    got = layer.apply(h, weights, biases)
    assert got.shape == (2, 5, layer.outputs)
    for lane in range(2):
        if side == 4:
            module = torch.nn.ConvTranspose2d(2, 3, 4, stride=2, padding=1)
        else:
            stride = 1 if layer.outputs == 3 * 64 else 2
            edge = torch.nn.ZeroPad2d((0, 1, 0, 1) if stride == 2 else 1)
            module = torch.nn.Sequential(edge, torch.nn.Conv2d(2, 3, 3, stride=stride))
        with torch.no_grad():
            for own, given in zip(module.parameters(), (weights, biases), strict=True):
                own.copy_(given[lane])
        want = module(h[lane].reshape(5, 2, side, side)).flatten(1)
        torch.testing.assert_close(got[lane], want, rtol=1e-5, atol=1e-5)


def test_the_scores_of_known_images():
    assert inception_score(np.eye(10)[np.arange(1000) % 10]) == pytest.approx(10)
    assert inception_score(np.full((1000, 10), 0.1)) == pytest.approx(1)
    data = Colours(pixels(n=40), extractor, judged=40)
    own, black = scaled(data.pixels)[None].astype(float), np.full((1, 40, 3072), -1.0)
    assert data.measure(own)["fid"][0] == pytest.approx(0, abs=1e-9)
    mean = scaled(data.pixels).reshape(-1, 3, 1024).mean((0, 2))
    assert data.measure(black)["fid"][0] == pytest.approx(((mean + 1) ** 2).sum(), rel=0.01)
    wrong = Colours(pixels(n=40), lambda images: (images.mean((2, 3)), np.ones(40)), judged=40)
    with pytest.raises(UserError, match=r"must give features \(40, k\)"):
        wrong.measure(own)


def test_what_is_no_cifar10_is_refused_in_a_sentence(tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("a pickle ran code",)

    none = tmp_path / "none"
    for path in (none, tmp_path):
        with pytest.raises(UserError, match="neither a folder with CIFAR-10"):
            cifar10(path)
    (tmp_path / "data_batch_1.bin").write_bytes(b"\1" * 4000)
    with pytest.raises(UserError, match=r"lacks data_batch_2.bin, .*data_batch_5.bin"):
        cifar10(tmp_path)
    with pytest.raises(UserError, match="4000 bytes, no multiple of 3073"):
        cifar10(tmp_path / "data_batch_1.bin")
    file = tmp_path / "data_batch_1"
    for content, words in (
        (b"no pickle", "no file of CIFAR-10 for Python"),
        (pickle.dumps({b"other": 1}, protocol=2), "KeyError"),
        (pickle.dumps({b"data": np.zeros((2, 9), np.uint8)}, protocol=2), r"uint8, \(n, 3072\)"),
        (pickle.dumps({b"data": Evil()}, protocol=2), "it asks for __builtin__.print"),
    ):
        file.write_bytes(content)
        with pytest.raises(UserError, match=words):
            cifar10(file)
    with pytest.raises(UserError, match="1 to 15 samples"):
        cifar10(write_python(tmp_path), batch_size=16)
