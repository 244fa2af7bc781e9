/** Whose formulas, constants and defaults are meant where Keras and PyTorch part. */
export type Dialect = 'keras' | 'pytorch';
