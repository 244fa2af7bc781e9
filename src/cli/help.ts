/** What `convlens --help` prints. */
export const help = `convlens: see inside a convolutional network

  convlens summary FILE [--model NAME] [--input-shape 28,28,1] [--set NAME=VALUE...] [--weights W] [--json]
                                                                          layers of a model file, source file or notebook
  convlens check FILE... [--max-warnings N] [--off CODE...] [--json]        what fails or is most likely not meant, with line and column;
                                                                          exit 1 on errors or more than N warnings
  convlens tensors FILE [--stats] [--json]                                every weight
  convlens kernels FILE --layer L --out F.png                             the kernel sheet
  convlens maps FILE --image I.png [--layer L...] --out DIR [--npy]       feature-map sheets, raw activations
  convlens predict FILE --image I.png [--top 5] [--labels L] [--json]     the answer; L: a file of names, or imagenet, digits,
                                                                          fashion-mnist, cifar10, shapes
  convlens train FILE [--data D] [--epochs N] [--seed S] [--out DIR] [--resume] [--output FILE] [--json]
                                                                          trains what FILE defines; D: a folder of pictures, .npz,
                                                                          IDX, CSV…, digits, or a data set that Keras has fetched
  convlens engines [--json]                                               what runs a network here

--weights W (summary, kernels, maps, predict) joins the weights of the file W with the model that a Python file or notebook
defines, layer by layer; summary lists what does not fit. W: .h5, .weights.h5, .keras, model.json, .pt, .pth, .safetensors.

--set gives a constant of a Python file or notebook, or a parameter of a function that builds a model in it, another value
before the definition is read: --set filters=16 --set "input_shape=(32, 32, 3)". Values are Python literals.

Counting: parameters as the model's own framework reports them (Keras and TensorFlow.js count moving mean and variance as
not trainable, PyTorch gives them as buffers; a bare weights file counts every floating tensor). MACs are one for each
multiply-add, biases not counted. Memory is the activations of a batch of one in float32. "?" or null: not known.

Training takes optimizer, loss, metrics, epochs and batch size from compile() and fit() in the code, else Keras's defaults and 5
epochs; a data set that the code loads and this machine lacks is never downloaded. --out keeps a checkpoint of every epoch;
--resume goes on from the last one exactly. --output writes the trained network as FILE: .keras, .h5, .json (TensorFlow.js) or
.safetensors (weights alone). --json prints one document a line, one line an epoch.

Exit: 0 done, 1 findings (check), 2 bad input, 3 internal error. With --json one document on standard output, nothing else.`;
