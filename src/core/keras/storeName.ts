/** Keras's own `to_snake_case`, from which Keras 3 makes the paths of weights: `PReLU` is `p_re_lu`, `Conv2D` is `conv2d`. */
export function storeName(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
