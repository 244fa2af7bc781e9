/** An image in memory, always 8 bits RGBA, row-major. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export type NormalizationName = '0..1' | '-1..1' | '0..255' | 'imagenet' | 'caffe' | 'none';

/** How a picture becomes numbers; the same fields as the protocol's `Preprocessing`. */
export interface Preprocessing {
  readonly fit: 'stretch' | 'cover' | 'contain';
  readonly normalization: NormalizationName;
  readonly colour: 'rgb' | 'bgr' | 'gray';
  readonly invert: boolean;
}

/** Where the picture goes: height and width `null` keep the picture's own size. */
export interface ImagePort {
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: number | null;
  readonly channelsFirst: boolean;
}
