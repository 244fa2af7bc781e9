/**
 * The tensor library as a value. Every layer receives it instead of importing it, because the native engine
 * (tfjs-node) brings its own copy of tfjs-core, while the wasm and cpu engines use the bundled one: a tensor must only
 * ever meet operations of the copy that made it.
 */
import type * as tfjs from '@tensorflow/tfjs-core';

export type TensorLibrary = typeof tfjs;
export type Tensor = tfjs.Tensor;
export type Tensor1D = tfjs.Tensor1D;
export type Tensor2D = tfjs.Tensor2D;
export type Tensor3D = tfjs.Tensor3D;
export type Tensor4D = tfjs.Tensor4D;
