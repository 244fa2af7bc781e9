/** Kernels in place of the WebAssembly backend's own. */
import type { KernelBackend } from '@tensorflow/tfjs-core';
import type { TensorLibrary } from './tensorLibrary';

/**
 * Lets a clone share its origin's memory, as on every other backend; the backend's own copies it. Every value that a tape
 * keeps for the way back is a clone. Values never change in place, and the memory is freed with its last holder.
 */
export function shareClones(tf: TensorLibrary): void {
  tf.unregisterKernel('Identity', 'wasm');
  tf.registerKernel({
    kernelName: 'Identity',
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const x = inputs['x'];
      if (x === undefined) throw new Error('a clone of nothing');
      (backend as KernelBackend).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    }
  });
}
