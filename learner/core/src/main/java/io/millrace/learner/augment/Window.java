package io.millrace.learner.augment;

/**
 * What one view sees of an image: the source rectangle is resampled to a grid of cells, of which a
 * square is taken, mirrored left to right or not.
 *
 * @param top first source row
 * @param left first source column
 * @param height source rows
 * @param width source columns
 * @param cellsDown rows of the grid
 * @param cellsAcross columns of the grid
 * @param cellTop first row taken
 * @param cellLeft first column taken
 * @param mirrored whether columns are taken from right to left
 */
record Window(
    int top,
    int left,
    int height,
    int width,
    int cellsDown,
    int cellsAcross,
    int cellTop,
    int cellLeft,
    boolean mirrored) {

  /** A rectangle resampled to a square that is taken whole. */
  static Window square(int top, int left, int height, int width, int size, boolean mirrored) {
    return new Window(top, left, height, width, size, size, 0, 0, mirrored);
  }

  /** The whole image with its shorter side resampled to {@code size}, its center taken. */
  static Window center(int width, int height, int size, boolean mirrored) {
    int shorter = Math.min(width, height);
    int across = Math.max(size, (int) ((long) width * size / shorter));
    int down = Math.max(size, (int) ((long) height * size / shorter));
    return new Window(
        0, 0, height, width, down, across, (down - size) / 2, (across - size) / 2, mirrored);
  }

  /**
   * A square of the cells that this window takes. Where the window is mirrored, so are the square
   * and its place.
   *
   * @param top its first row, counted from this window's
   * @param left its first column as it is seen, counted from this window's
   * @param side its side
   * @param size side of this window
   */
  Window part(int top, int left, int side, int size) {
    return new Window(
        this.top,
        this.left,
        height,
        width,
        cellsDown,
        cellsAcross,
        cellTop + top,
        cellLeft + (mirrored ? size - left - side : left),
        mirrored);
  }

  /** The filter of taken row {@code i}. */
  TriangleFilter row(int i) {
    return TriangleFilter.of(top, height, cellsDown, cellTop + i);
  }

  /** The filter of taken column {@code j} of {@code size}. */
  TriangleFilter column(int j, int size) {
    return TriangleFilter.of(left, width, cellsAcross, cellLeft + (mirrored ? size - 1 - j : j));
  }
}
