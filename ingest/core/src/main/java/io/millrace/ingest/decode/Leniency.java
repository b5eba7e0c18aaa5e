package io.millrace.ingest.decode;

/**
 * What was wrong with a file whose pixels are all there: the closed list of kinds, with the reading
 * that docs/images.md gives each. libjpeg-turbo, libpng or Pillow show these pictures as well.
 */
public enum Leniency {
  /** JPEG: bytes that belong to nothing before a marker. */
  EXTRANEOUS_BYTES,
  /** JPEG: an application or comment segment that says it is shorter than its own length field. */
  SEGMENT_LENGTH,
  /** JPEG: Adobe, JFIF and the number of components do not agree, or one of them is cut short. */
  COLOR_MARKERS,
  /** JPEG: four components and no Adobe segment, read as Adobe writes them. */
  CMYK_WITHOUT_ADOBE,
  /** JPEG: no Huffman tables, as in Motion JPEG; the standard's typical ones are used. */
  MISSING_HUFFMAN_TABLES,
  /**
   * JPEG: a sequential scan that announces a range of coefficients, as only progressive ones do.
   */
  SCAN_PARAMETERS,
  /** JPEG: 16-bit quantization tables in a baseline frame. */
  WIDE_QUANTIZATION,
  /** EXIF data that can't be read to its end; the orientation counts where it came before. */
  EXIF,
  /** PNG: no IEND chunk, or one that is cut or damaged, and every row there. */
  MISSING_END,
  /** PNG: an ancillary chunk with a wrong CRC, which is ignored. */
  CHUNK_CRC,
  /** PNG: an ancillary chunk of a wrong length, or one that comes twice or in a wrong place. */
  CHUNK_CONTENT,
  /** PNG: a transparency chunk that does not fit the color type or the palette. */
  TRANSPARENCY,
  /** PNG: a palette longer than the bit depth can address. */
  PALETTE,
  /** PNG: bytes after the last row in the image data. */
  EXTRA_IMAGE_DATA,
  /** PNG: image data that ends after its last row, without a checksum. */
  MISSING_CHECKSUM
}
