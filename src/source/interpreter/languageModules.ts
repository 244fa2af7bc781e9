/** Modules that are no files of a project: Python's own that occur beside models, and the libraries. */
export const LANGUAGE_MODULES: ReadonlySet<string> = new Set(
  (
    'tensorflow keras tf_keras keras_core torch torchvision torchaudio torchinfo torchsummary numpy pandas matplotlib sklearn ' +
    'cv2 PIL scipy skimage seaborn tqdm timm einops transformers lightning pytorch_lightning wandb h5py onnx jax ' +
    'os sys re math random time json csv copy glob logging argparse collections functools itertools typing pathlib ' +
    'datetime pickle shutil string operator warnings dataclasses abc enum inspect io subprocess contextlib __future__'
  ).split(' ')
);
