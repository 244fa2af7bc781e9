/**
 * Zip archives whose entries are stored: weights hardly compress, and stored entries are read without unpacking. After
 * PKWARE's APPNOTE 4.3.7, 4.3.12 and 4.3.16, without zip64.
 */
import { crc32 } from './crc32';

export interface ZipPart {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const LARGEST = 2 ** 32 - 2;
/** 1 January 1980, the first day the format knows: the same model gives the same bytes. */
const FIRST_DAY = 0x21;

/** What local header and directory share: version 2.0, no flags, stored, date, checksum, sizes, length of the name. */
function facts(name: Uint8Array, bytes: Uint8Array): Buffer {
  const record = Buffer.alloc(26);
  record.writeUInt16LE(20, 0);
  // Names are UTF-8.
  record.writeUInt16LE(0x800, 2);
  record.writeUInt16LE(FIRST_DAY, 8);
  record.writeUInt32LE(crc32(bytes), 10);
  record.writeUInt32LE(bytes.length, 14);
  record.writeUInt32LE(bytes.length, 18);
  record.writeUInt16LE(name.length, 22);
  return record;
}

/** The bytes of an archive. @throws {RangeError} where it would need more than 4 GiB */
export function zipBytes(parts: readonly ZipPart[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const put = (piece: Uint8Array) => {
    pieces.push(piece);
    at += piece.length;
  };
  for (const { name, bytes } of parts) {
    if (at + bytes.length > LARGEST) throw new RangeError('a zip archive of more than 4 GiB');
    const encoded = Buffer.from(name, 'utf8');
    const record = facts(encoded, bytes);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), record, tail, encoded);
    put(Buffer.from([0x50, 0x4b, 3, 4]));
    put(record);
    put(encoded);
    put(bytes);
  }
  const start = at;
  directory.forEach(put);
  const end = Buffer.alloc(22);
  end.set([0x50, 0x4b, 5, 6]);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(at - start, 12);
  end.writeUInt32LE(start, 16);
  put(end);
  return Buffer.concat(pieces);
}
